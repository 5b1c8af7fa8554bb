import { z } from "zod";
import { WebhookMessage, webhookTypes } from "../src/pipeline/messages.ts";
import { answers, refTo } from "./components.ts";
import { AlertView, openAlert } from "./ops/alerts.ts";
import { jobId, results, traceId } from "./scan-examples.ts";
import { Pending, Result } from "./snapshot.ts";

const { timestamp } = WebhookMessage.shape.payload.shape;
const whose = { job_id: z.string(), traceparent: z.string() };

/** What a `callback_url` is told. */
const ScanNotice = answers(
  "ScanNotice",
  z.object({
    type: z.enum(webhookTypes),
    timestamp,
    data: z.union([
      z.object({ ...whose, ...Result.shape }),
      z.object({ ...whose, ...Pending.shape }),
    ]),
  }),
  "A scan has ended, with its result, or is parked, with where it is.",
);
const AlertTold = answers(
  "AlertTold",
  z.object({ type: z.enum(["alert.opened", "alert.resolved"]), timestamp, data: AlertView }),
  "Something is wrong, or is no more.",
);

const header = (name: string, description: string, example: string) => ({
  name,
  in: "header",
  required: true,
  description,
  schema: { type: "string" },
  example,
});

/** Signed as Standard Webhooks say. */
const signed = [
  header("webhook-id", "The same each time the same thing is told.", `${jobId}:9`),
  header("webhook-timestamp", "When this try was made, Unix s.", "1795347268"),
  header(
    "webhook-signature",
    "A signature by each secret, separated by spaces.",
    "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
  ),
];

const told = (id: string, summary: string, schema: z.ZodType, name: string, value: unknown) => ({
  post: {
    operationId: id,
    tags: ["Webhooks"],
    summary,
    description:
      "It comes at least once, and in any order. One that is not answered with 2xx within 10 s is sent " +
      "again for a day, with growing waits; 410 ends it.",
    security: [],
    parameters: signed,
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: refTo(schema),
          examples: { [name]: { summary: name, value } },
        },
      },
    },
    responses: {
      "2XX": { description: "It has arrived." },
      "410": { description: "It is not wanted any more, and not sent again." },
    },
  },
});

/** What the API tells others by itself. */
export const webhooks = () => ({
  scan: told(
    "onScan",
    "A scan has ended or is parked: to its `callback_url`",
    ScanNotice,
    "completed",
    {
      type: "scan.completed",
      timestamp: "2026-11-22T11:34:27.923Z",
      data: { job_id: jobId, traceparent: traceId, ...results.completed },
    } satisfies z.input<typeof ScanNotice>,
  ),
  alert: told(
    "onAlert",
    "An alert was opened or resolved: to `ALERT_WEBHOOK_URL`",
    AlertTold,
    "opened",
    {
      type: "alert.opened",
      timestamp: "2026-11-22T11:35:00.000Z",
      data: openAlert,
    } satisfies z.input<typeof AlertTold>,
  ),
});
