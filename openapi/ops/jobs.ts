import { z } from "zod";
import { AuditEntry, AuditPage } from "../../src/ops-audit.ts";
import { Watch } from "../../src/api/ops/job-routes.ts";
import { json, jsonBody } from "../bodies.ts";
import { answers, sends } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";
import { inQuery, scanId } from "../parameters.ts";
import { badBody } from "./problems.ts";
import { links as linked, waitingFor, waitingSnapshot } from "../../src/api/scan-examples.ts";
import { links, snapshot } from "../../src/api/scan-schemas.ts";
import { Waiting } from "../../src/pipeline/waiting.ts";

const Job = answers(
  "Job",
  z.object({ user_id: z.string(), ...snapshot, waiting: Waiting.nullable() }),
  "Anybody's scan, and why it waits.",
);
const WatchOrder = sends("WatchOrder", Watch, "Who wants to watch.");
const Watched = answers(
  "WatchAddress",
  z.object({ ws_url: links.ws_url }),
  "Where a scan can be watched for ten minutes, by whoever has the address.",
);
const Audit = answers(
  "Audit",
  z.object({
    entries: z.array(
      z.object({
        ...AuditEntry.shape,
        at: z.int().meta({ description: "Unix ms." }),
        detail: z.unknown(),
      }),
    ),
  }),
  "Changes that were made by hand, the newest first.",
);

export const jobs: Resource = {
  tag: "Ops: scans",
  description: "What happened to one scan, and who changed what.",
  operations: [
    operation("get", "/api/v1/ops/jobs/:id", {
      id: "getJob",
      summary: "What happened to a scan, whosever it is",
      access: "operator",
      parameters: [scanId],
      answers: {
        200: json("The scan.", Job, {
          "it waits": { user_id: "kim", ...waitingSnapshot, waiting: waitingFor },
        }),
      },
      problems: ["RESULT_NOT_FOUND"],
    }),
    operation("post", "/api/v1/ops/jobs/:id/stream", {
      id: "watchJob",
      summary: "Watch a scan live, whosever it is",
      access: "operator",
      parameters: [scanId],
      body: jsonBody(WatchOrder, { "by kim": { by: "kim" } }),
      answers: {
        201: json("An address of its WebSocket.", Watched, {
          "a WebSocket": { ws_url: linked.ws_url },
        }),
      },
      problems: [...badBody, "RESULT_NOT_FOUND", "NOT_CONFIGURED"],
    }),
    operation("get", "/api/v1/ops/audit", {
      id: "listAudit",
      summary: "Who changed what",
      access: "operator",
      parameters: inQuery(AuditPage, { before: "The hundred before this `id`." }),
      answers: {
        200: json("The last hundred changes.", Audit, {
          "one change": {
            entries: [
              {
                id: 1,
                at: 1_795_347_279_466,
                by: "kim",
                action: "stage.pause",
                target: "answer",
                detail: { reason: "점검", until: null },
              },
            ],
          },
        }),
      },
      problems: ["VALIDATION_ERROR"],
    }),
  ],
};
