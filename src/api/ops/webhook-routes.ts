import { z } from "zod";
import { audit } from "../../ops-audit.ts";
import { ChangeType } from "../../pipeline/change-types.ts";
import { isoTime } from "../../platform/iso.ts";
import { Delivery, messageOf } from "../../webhooks/delivery.ts";
import { deliveryList, DeliveryQuery } from "../../webhooks/delivery-list.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { answerOf, body, json, page } from "../openapi/response-bodies.ts";
import { inPath } from "../openapi/shared-parameters.ts";
import { found, Problem } from "../problem.ts";
import { readBody } from "../read-body.ts";
import { jobId } from "../scan-examples.ts";
import { Operator, operatorBody } from "./operator-bodies.ts";

const DeliveryView = Delivery.omit({ payload: true, message_id: true })
  .extend({
    created_at: isoTime,
    last_attempt_at: isoTime.nullable(),
    next_attempt_at: isoTime.nullable(),
    delivered_at: isoTime.nullable(),
    expires_at: isoTime,
  })
  .meta({ id: "DeliverySummary", description: "One webhook, and how often it was attempted." });
const Deliveries = page("Deliveries", { deliveries: z.array(DeliveryView) });
const DeliveryDetail = body("Delivery", "The same, with its body.", {
  ...DeliveryView.shape,
  payload: z.unknown().meta({
    description:
      "The body of each POST, without the scan's content: the scan itself shows that, and asks why.",
    examples: [{ type: "scan.cancelled", timestamp: "2026-11-22T11:34:27.923Z", data: {} }],
  }),
});
const Reopened = body("DeliveryReopened", "It is delivered again.", {
  id: z.string(),
  status: z.literal("pending"),
});

const route = defineRoutes("Ops: webhooks", "operator");
const ofDelivery = [
  inPath("id", "The delivery, as the header `webhook-id` names it.", `${jobId}:9`),
];

const listDeliveries = route("get", "/", "listDeliveries", {
  summary: "What was delivered to whom",
  request: { query: DeliveryQuery },
  responses: { 200: json("A page.", Deliveries) },
});

const getDelivery = route("get", "/{id}", "getDelivery", {
  parameters: ofDelivery,
  summary: "One webhook, with its body",
  responses: { 200: json("The webhook.", DeliveryDetail) },
  problems: ["DELIVERY_NOT_FOUND"],
});

const redeliverWebhook = route("post", "/{id}/redeliver", "redeliverWebhook", {
  parameters: ofDelivery,
  summary: "Deliver it again",
  description: "One that has ended, or whose message was lost, gets a fresh day.",
  requestBody: operatorBody,
  responses: { 202: json("It is on its way.", Reopened) },
  problems: ["DELIVERY_NOT_FOUND", "DELIVERY_PENDING"],
});

export const webhooks = router()
  .openapi(listDeliveries, async (c) => {
    const { deliveries, next_cursor } = await deliveryList(c.env.DB).list(c.req.valid("query"));
    return c.json(answerOf(Deliveries, { deliveries, next_cursor }), 200);
  })

  .openapi(getDelivery, async (c) => {
    const delivery = await deliveryOf(c.env, c.req.param("id"));
    return c.json(answerOf(DeliveryDetail, { ...delivery, payload: bodyOf(delivery) }), 200);
  })

  .openapi(redeliverWebhook, async (c) => {
    const { by } = await readBody(c, Operator);
    const before = await deliveryOf(c.env, c.req.param("id"));
    const { id } = before;
    const deliveries = deliveryList(c.env.DB);
    await audit(c.env.DB, { by, action: "webhook.redeliver", target: id, detail: {} });
    if (!(await deliveries.reopen(id, Date.now()))) {
      throw new Problem("DELIVERY_PENDING", "The delivery has not ended; it goes on by itself.");
    }
    try {
      await c.env.WEBHOOKS.send(messageOf(before));
    } catch (error) {
      await deliveries.restore(before);
      throw error;
    }
    return c.json({ id, status: "pending" as const }, 202);
  });

async function deliveryOf(env: Env, id: string): Promise<Delivery> {
  const delivery = await deliveryList(env.DB).find(id);
  return found(delivery, "DELIVERY_NOT_FOUND", "No webhook delivery has this id.");
}

const Payload = z.object({
  type: z.string(),
  timestamp: z.string(),
  data: z.object({
    task_id: z.string().optional(),
    job_id: z.string().optional(),
    traceparent: z.string().optional(),
    seq: z.int().optional(),
    status: z.string().optional(),
  }),
});

/** A change as it is; of a scan, nothing of the words, the class or the answer. */
function bodyOf({ type, payload }: Delivery): unknown {
  const body: unknown = JSON.parse(payload);
  return ChangeType.safeParse(type).success ? body : Payload.parse(body);
}
