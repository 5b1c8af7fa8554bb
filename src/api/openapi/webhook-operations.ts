import type { RouteConfig } from "@hono/zod-openapi";
import { z } from "zod";
import { AlertView } from "../../alerts/alert-view.ts";
import { changeData } from "../../events/contract/change-data.ts";
import { ChangeType } from "../../pipeline/change-types.ts";
import { DomainEvent } from "../../pipeline/domain-event.ts";
import { WebhookMessage } from "../../pipeline/messages.ts";
import { ResultBody } from "../../pipeline/result-body.ts";
import { defaultWebhookTypes, WebhookType } from "../../pipeline/webhook-types.ts";
import { body, jsonBody } from "./response-bodies.ts";
import { inPath } from "./shared-parameters.ts";
import { jobId, results, traceId } from "../scan-examples.ts";
import { Pending, snapshot } from "../scan-schemas.ts";

const { timestamp } = WebhookMessage.shape.payload.shape;
const job = {
  job_id: z.string(),
  traceparent: z.string(),
  seq: z.int().describe("The order of a scan's webhooks, with gaps."),
};
const { partial_result } = snapshot;
const cursor = z.int().describe("The event's place in the log: the order of changes.");
const isOwn = (type: string) => defaultWebhookTypes.some((it) => it === type);

/** What an event says, and what the scan has so far. The end and a parking have bodies of their own. */
const noticesOfEvents = DomainEvent.options
  .filter(({ shape }) => !isOwn(shape.type.value))
  .flatMap(({ shape: { data } }): readonly z.ZodObject[] =>
    data instanceof z.ZodUnion ? data.options : [data],
  )
  .map(({ shape }) => z.object({ ...job, ...shape, partial_result }));

const ScanNotice = body(
  "ScanNotice",
  "A scan has ended, with its result, or is parked, with its state; or another event that was asked for, with the " +
    "result so far.",
  {
    type: WebhookType,
    timestamp,
    data: z.union([
      z.object({ ...job, ...ResultBody.shape }),
      z.object({ ...job, ...Pending.shape }),
      ...noticesOfEvents,
    ]),
  },
);

const AlertNotification = body("AlertNotification", "An alert was opened or resolved.", {
  type: z.enum(["alert.opened", "alert.resolved"]),
  timestamp,
  data: AlertView,
});

const ChangeNotice = body("ChangeNotice", "The catalog or a revocation has changed.", {
  type: ChangeType,
  timestamp,
  data: z.union([
    ...Object.values(changeData).map(({ shape }) => z.object({ cursor, ...shape })),
    z
      .object({ cursor, version: z.int(), left_out: z.literal(true) })
      .describe("It is too large: the event is in the feed."),
  ]),
});

const header = (...named: Parameters<typeof inPath>) =>
  ({ ...inPath(...named), in: "header" }) as const;

/** Signed as Standard Webhooks. */
const signed = [
  header("webhook-id", "The same for every attempt of one notification.", `${jobId}:9`),
  header("webhook-timestamp", "When this attempt was made, Unix s.", "1795347268"),
  header(
    "webhook-signature",
    "A signature by each secret, separated by spaces.",
    "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
  ),
];

const notification = (operationId: string, summary: string, body: ReturnType<typeof jsonBody>) =>
  ({
    method: "post",
    path: "",
    operationId,
    tags: ["Webhooks"],
    summary,
    description:
      "It is delivered at least once, and in any order. One that is not answered with 2xx within 10 s is " +
      "retried for a day with backoff; 410 ends it.",
    security: [],
    parameters: signed,
    requestBody: body,
    responses: {
      "2XX": { description: "It is received." },
      "410": { description: "It is unwanted, and not sent again." },
    },
  }) satisfies RouteConfig;

/** The requests that the API sends by itself. */
export const webhooks = {
  scan: notification(
    "onScan",
    "A scan has ended or is parked, or what else was asked for: to its `callback_url`",
    jsonBody(ScanNotice, {
      completed: {
        type: "scan.completed",
        timestamp: "2026-11-22T11:34:27.923Z",
        data: { job_id: jobId, traceparent: traceId, seq: 9, ...results.completed },
      },
    }),
  ),
  change: notification(
    "onChange",
    "The catalog or a revocation has changed: to each of `CHANGE_WEBHOOK_URLS`",
    jsonBody(ChangeNotice),
  ),
  alert: notification(
    "onAlert",
    "An alert was opened or resolved: to `ALERT_WEBHOOK_URL`",
    jsonBody(AlertNotification),
  ),
};
