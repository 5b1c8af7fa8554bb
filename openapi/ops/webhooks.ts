import { z } from "zod";
import { Order } from "../../src/api/ops/webhook-routes.ts";
import { Delivery } from "../../src/webhooks/delivery.ts";
import { DeliveryQuery } from "../../src/webhooks/delivery-list.ts";
import { json, jsonBody } from "../bodies.ts";
import { answers, sends } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";
import { inPath, inQuery } from "../parameters.ts";
import { jobId, results, traceId } from "../../src/api/scan-examples.ts";
import { badBody } from "./problems.ts";

const time = z.iso.datetime();
const id = `${jobId}:9`;
const oneDelivery = [inPath("id", z.string(), "The webhook's id, as `webhook-id` says it.", id)];

const RedeliverOrder = sends("RedeliverOrder", Order, "Who wants it.");
const { shape } = Delivery;
const view = {
  id: shape.id,
  job_id: shape.job_id,
  user_id: shape.user_id,
  url: shape.url,
  type: shape.type,
  status: shape.status,
  attempts: shape.attempts,
  last_status: shape.last_status,
  last_error: shape.last_error,
  created_at: time,
  last_attempt_at: time.nullable(),
  next_attempt_at: time.nullable(),
  delivered_at: time.nullable(),
  expires_at: time,
};
const Summary = answers(
  "DeliverySummary",
  z.object(view),
  "One webhook, and how often it was tried.",
);
const Deliveries = answers(
  "Deliveries",
  z.object({ deliveries: z.array(Summary), next_cursor: z.string().nullable() }),
  "A page, the newest first; `next_cursor` is null after the last.",
);
const Detail = answers(
  "Delivery",
  z.object({ ...view, payload: z.unknown().meta({ description: "The body of each POST." }) }),
  "The same, with what it says.",
);
const Reopened = answers(
  "DeliveryReopened",
  z.object({ id: z.string(), status: z.literal("pending") }),
  "It is told again.",
);

const delivered: z.output<typeof Summary> = {
  id,
  job_id: jobId,
  user_id: "kim",
  url: "https://shop.example.com/hooks/eco2",
  type: "scan.cancelled",
  status: "delivered",
  attempts: 1,
  last_status: 204,
  last_error: null,
  created_at: "2026-11-22T11:34:27.923Z",
  last_attempt_at: "2026-11-22T11:34:28.101Z",
  next_attempt_at: null,
  delivered_at: "2026-11-22T11:34:28.240Z",
  expires_at: "2026-11-23T11:34:27.923Z",
};

export const opsWebhooks: Resource = {
  tag: "Ops: webhooks",
  description: "What clients' servers were told.",
  operations: [
    operation("get", "/api/v1/ops/webhooks", {
      id: "listDeliveries",
      summary: "What was told to whom",
      access: "operator",
      parameters: inQuery(DeliveryQuery, {
        job: "Those of this scan.",
        status: "Those of this status.",
        limit: "How many.",
        cursor: "The `next_cursor` of the page before.",
      }),
      answers: {
        200: json("A page.", Deliveries, {
          "one webhook": { deliveries: [delivered], next_cursor: null },
        }),
      },
      problems: ["VALIDATION_ERROR"],
    }),
    operation("get", "/api/v1/ops/webhooks/:id", {
      id: "getDelivery",
      summary: "One webhook, with what it says",
      access: "operator",
      parameters: oneDelivery,
      answers: {
        200: json("The webhook.", Detail, {
          "it was delivered": {
            ...delivered,
            payload: {
              type: "scan.cancelled",
              timestamp: "2026-11-22T11:34:27.923Z",
              data: { job_id: jobId, traceparent: traceId, ...results.cancelled },
            },
          },
        }),
      },
      problems: ["DELIVERY_NOT_FOUND"],
    }),
    operation("post", "/api/v1/ops/webhooks/:id/redeliver", {
      id: "redeliverWebhook",
      summary: "Tell it again",
      description: "One that has ended, or whose message was lost, gets a fresh day.",
      access: "operator",
      parameters: oneDelivery,
      body: jsonBody(RedeliverOrder, { "by kim": { by: "kim" } }),
      answers: {
        202: json("It is on its way.", Reopened, { reopened: { id, status: "pending" } }),
      },
      problems: [...badBody, "DELIVERY_NOT_FOUND", "DELIVERY_PENDING"],
    }),
  ],
};
