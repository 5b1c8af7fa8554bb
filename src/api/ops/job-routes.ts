import { z } from "zod";
import { authOf } from "../../auth/auth.ts";
import { callJob } from "../../objects.ts";
import { audit, AuditEntry, AuditPage, listAudit } from "../../ops-audit.ts";
import { snapshotOf } from "../../pipeline/snapshot.ts";
import { Waiting } from "../../pipeline/waiting.ts";
import { knownJobId, stateFound } from "../job-id.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { body, json } from "../openapi/response-bodies.ts";
import { scanId } from "../openapi/shared-parameters.ts";
import { Problem } from "../problem.ts";
import { readBody } from "../read-body.ts";
import * as examples from "../scan-examples.ts";
import { linksOf } from "../scan-links.ts";
import { links, snapshot } from "../scan-schemas.ts";
import { explainWaiting } from "../load-waiting.ts";
import { Operator, operatorBody } from "./operator-bodies.ts";

const Job = body("Job", "Any user's scan, and why it waits.", {
  user_id: z.string(),
  ...snapshot,
  waiting: Waiting.nullable(),
});
const StreamAddress = body(
  "WatchAddress",
  "Where a scan can be watched for ten minutes, by whoever has the address.",
  { ws_url: links.ws_url },
);
const Audit = body("Audit", "Changes by operators, the newest first.", {
  entries: z.array(AuditEntry),
});

const route = defineRoutes("Ops: scans", "operator");
const getJob = route("get", "/jobs/{id}", "getJob", {
  summary: "What happened to a scan of any user",
  parameters: [scanId],
  responses: {
    200: json("The scan.", Job, [], {
      waiting: { user_id: "kim", ...examples.snapshots.waiting, waiting: examples.waiting },
    }),
  },
  problems: ["RESULT_NOT_FOUND"],
});

const watchJob = route("post", "/jobs/{id}/stream", "watchJob", {
  summary: "Watch a scan of any user live",
  parameters: [scanId],
  requestBody: operatorBody,
  responses: { 201: json("The address of its WebSocket.", StreamAddress) },
  problems: ["RESULT_NOT_FOUND", "NOT_CONFIGURED"],
});

const listAuditRoute = route("get", "/audit", "listAudit", {
  summary: "Who changed what",
  request: { query: AuditPage },
  responses: { 200: json("The last hundred changes.", Audit) },
});

export const jobs = router()
  .openapi(getJob, async (c) => {
    const state = await inspect(c.env, knownJobId(c.req.param("id")));
    const waiting = await explainWaiting(c.env, state);
    return c.json({ user_id: state.userId, ...snapshotOf(state, Date.now()), waiting }, 200);
  })

  // The address carries the owner's token: whoever has it sees what the resident sees, so it is audited
  // before it is given.
  .openapi(watchJob, async (c) => {
    const jobId = knownJobId(c.req.param("id"));
    const { by } = await readBody(c, Operator);
    if (!authOf(c.env).signingKey) {
      throw new Problem("NOT_CONFIGURED", "Addresses of streams are signed: set SIGNING_SECRET.");
    }
    const state = await inspect(c.env, jobId);
    await audit(c.env.DB, { by, action: "job.watch", target: jobId, detail: {} });
    const { ws_url } = await linksOf(c.env, state);
    return c.json({ ws_url }, 201);
  })

  .openapi(listAuditRoute, async (c) => {
    const { before } = c.req.valid("query");
    return c.json({ entries: await listAudit(c.env.DB, before) }, 200);
  });

const inspect = async (env: Env, jobId: string) =>
  stateFound(await callJob(env, jobId, (job) => job.inspect()));
