import { z } from "zod";
import { authOf } from "../../auth/auth.ts";
import { UnreadableArchive } from "../../events/archive-object.ts";
import { cancelJob } from "../../job-list/cancel-job.ts";
import { JobRow } from "../../job-list/job-row.ts";
import { JobQuery, listJobs } from "../../job-list/list-jobs.ts";
import { callJob } from "../../objects.ts";
import { audit, By, Why } from "../../ops-audit.ts";
import { domainEventTypes } from "../../pipeline/domain-event.ts";
import { listedStatuses } from "../../pipeline/job-status.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { isoTime } from "../../platform/iso.ts";
import { eventsUnreadable } from "../events-unreadable.ts";
import { answerOf, body, json, jsonBody, requestSchema } from "../openapi/response-bodies.ts";
import { scanId } from "../openapi/shared-parameters.ts";
import { Problem } from "../problem.ts";
import { readBody } from "../read-body.ts";
import * as examples from "../scan-examples.ts";
import { linksOf } from "../scan-links.ts";
import { links } from "../scan-schemas.ts";
import { explainWaiting } from "../load-waiting.ts";
import { Job, jobOf } from "./job-view.ts";
import { requireReply, scanIdIn } from "./require-job.ts";
import { Operator, operatorBody } from "./operator-bodies.ts";

const Jobs = body(
  "Jobs",
  "Scans that are open, the last submitted first; then those that have ended, the last ended first.",
  {
    jobs: z.array(JobRow),
    next_cursor: z
      .string()
      .nullable()
      .describe("Null after the last. A page may be short while there are more."),
    read_to: isoTime
      .nullable()
      .describe("How far back ended scans were looked for; null when none were."),
  },
);
const CancelRequest = requestSchema("CancelRequest", "Which scans an operator cancels, and why.", {
  job_ids: z.array(z.uuid()).min(1).max(100),
  by: By,
  why: Why,
});
const Cancelled = body("JobsCancelled", "What has become of each scan.", {
  jobs: z.array(
    z.object({
      job_id: z.string(),
      status: z
        .enum([...listedStatuses, "not-found", "unreachable"])
        .describe("`cancelled`, or as it had ended before."),
      changed: z.boolean().describe("Whether this request has cancelled it."),
    }),
  ),
});
const JobEvents = body("JobEvents", "The events of a scan for other services.", {
  events: z.array(
    z.object({
      seq: z.int(),
      at: isoTime,
      type: z.enum(domainEventTypes),
      data: z.looseObject({}).describe("Times within it are Unix ms."),
    }),
  ),
});
const StreamAddress = body(
  "StreamUrl",
  "Where a scan can be watched for ten minutes, by whoever has the address.",
  { ws_url: links.ws_url },
);

const route = defineRoutes("Ops: scans", "operator");
const listJobsRoute = route("get", "/jobs", "listJobs", {
  summary: "Recent scans of all users",
  description:
    "Open scans are asked themselves; ended ones are read from the event log, a bounded part of it a request.",
  request: { query: JobQuery },
  responses: { 200: json("A page.", Jobs) },
  problems: ["EVENTS_UNREADABLE"],
});

const cancelJobs = route("post", "/jobs/cancel", "cancelJobs", {
  summary: "Cancel scans of any users",
  description: "One that has ended stays as it is. Doing it again changes nothing.",
  requestBody: jsonBody(CancelRequest, {
    "two scans": {
      job_ids: ["7e9708bd-b804-44fa-87da-223c20f30e0d", "26ae784d-194a-4760-8643-48329af4eb9f"],
      by: "kim",
      why: "submitted by a script that went wrong",
    },
  }),
  responses: { 200: json("The scans.", Cancelled) },
});

const getJob = route("get", "/jobs/{id}", "getJob", {
  summary: "What happened to a scan of any user",
  parameters: [scanId],
  responses: {
    200: json("The scan.", Job, [], {
      waiting: jobOf(examples.beforeAnswer, examples.waiting, examples.waitsUntil),
    }),
  },
  problems: ["RESULT_NOT_FOUND", "SCAN_PURGED"],
});

const listJobEvents = route("get", "/jobs/{id}/events", "listJobEvents", {
  summary: "The domain events of a scan",
  description:
    "As other services read them, with their payload, which has no words and no answer. The scan itself is asked, so " +
    "that those are there that the log does not have yet.",
  parameters: [scanId],
  responses: { 200: json("The events, in order.", JobEvents) },
  problems: ["RESULT_NOT_FOUND", "SCAN_PURGED"],
});

const watchJob = route("post", "/jobs/{id}/stream", "watchJob", {
  summary: "Watch a scan of any user live",
  parameters: [scanId],
  requestBody: operatorBody,
  responses: { 201: json("The address of its WebSocket.", StreamAddress) },
  problems: ["RESULT_NOT_FOUND", "SCAN_PURGED", "NOT_CONFIGURED"],
});

export const jobs = router()
  .openapi(listJobsRoute, async (c) => {
    try {
      return c.json(answerOf(Jobs, await listJobs(c.env, c.req.valid("query"))), 200);
    } catch (error) {
      throw error instanceof UnreadableArchive
        ? eventsUnreadable(error, `cursor=log:${error.unread.first}`)
        : error;
    }
  })

  // The audit has the order before it is carried out: a scan cannot be brought back.
  .openapi(cancelJobs, async (c) => {
    const { job_ids, by, why } = await readBody(c, CancelRequest);
    const ids = [...new Set(job_ids)];
    await Promise.all(
      ids.map((target) => audit(c.env.DB, { by, action: "job.cancel", target, detail: { why } })),
    );
    return c.json({ jobs: await Promise.all(ids.map((id) => cancelJob(c.env, id))) }, 200);
  })

  .openapi(getJob, async (c) => {
    const state = await inspect(c.env, scanIdIn(c.req.param("id")));
    return c.json(jobOf(state, await explainWaiting(c.env, state), Date.now()), 200);
  })

  .openapi(listJobEvents, async (c) => {
    const jobId = scanIdIn(c.req.param("id"));
    await inspect(c.env, jobId);
    const message = await callJob(c.env, jobId, (job) => job.domainEvents(0));
    return c.json(answerOf(JobEvents, { events: message?.events ?? [] }), 200);
  })

  // Whoever has the address sees how the scan goes on, so it is audited before it is given.
  .openapi(watchJob, async (c) => {
    const jobId = scanIdIn(c.req.param("id"));
    const { by } = await readBody(c, Operator);
    if (!authOf(c.env).signingKey) {
      throw new Problem("NOT_CONFIGURED", "Addresses of streams are signed: set SIGNING_SECRET.");
    }
    const state = await inspect(c.env, jobId);
    await audit(c.env.DB, { by, action: "job.watch", target: jobId, detail: {} });
    const { ws_url } = await linksOf(c.env, state, "operator");
    return c.json({ ws_url }, 201);
  });

const inspect = async (env: Env, jobId: string) =>
  requireReply(env, jobId, await callJob(env, jobId, (job) => job.inspect()));
