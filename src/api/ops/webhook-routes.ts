import { Hono } from "hono";
import { z } from "zod";
import { audit, By } from "../../ops-audit.ts";
import { WebhookMessage } from "../../pipeline/messages.ts";
import { deliveryList, DeliveryQuery } from "../../webhooks/delivery-list.ts";
import type { Delivery } from "../../webhooks/delivery.ts";
import { invalid, Problem } from "../problem.ts";
import { readJson } from "../read-json.ts";
import { iso } from "../../platform/iso.ts";

/** Who wants it. */
export const Order = z.strictObject({ by: By });

/** What clients' servers were told, for operators: list, look at, and tell again. */
export const webhooks = new Hono<{ Bindings: Env }>()
  .get("/", async (c) => {
    const query = DeliveryQuery.safeParse(c.req.query());
    if (!query.success) throw invalid(query.error);
    const { deliveries, next } = await deliveryList(c.env.DB).list(query.data);
    return c.json({ deliveries: deliveries.map(summaryOf), next_cursor: next });
  })

  .get("/:id", async (c) => {
    const delivery = await deliveryList(c.env.DB).find(c.req.param("id"));
    if (!delivery) throw unknown();
    return c.json(detailOf(delivery));
  })

  .post("/:id/redeliver", async (c) => {
    const id = c.req.param("id");
    const deliveries = deliveryList(c.env.DB);
    const before = await deliveries.find(id);
    if (!before) throw unknown();
    const order = Order.safeParse(await readJson(c));
    if (!order.success) throw invalid(order.error);
    const { by } = order.data;
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

const unknown = () => new Problem("DELIVERY_NOT_FOUND", "No webhook delivery has this id.");

const messageOf = ({ id, url, job_id, user_id, payload }: Delivery): WebhookMessage =>
  WebhookMessage.parse({
    id,
    url,
    jobId: job_id,
    userId: user_id,
    payload: JSON.parse(payload) as unknown,
  });

const summaryOf = (delivery: Delivery) => ({
  id: delivery.id,
  job_id: delivery.job_id,
  user_id: delivery.user_id,
  url: delivery.url,
  type: delivery.type,
  status: delivery.status,
  attempts: delivery.attempts,
  last_status: delivery.last_status,
  last_error: delivery.last_error,
  created_at: iso(delivery.created_at),
  last_attempt_at: iso(delivery.last_attempt_at),
  next_attempt_at: iso(delivery.next_attempt_at),
  delivered_at: iso(delivery.delivered_at),
  expires_at: iso(delivery.expires_at),
});

const detailOf = (delivery: Delivery) => ({
  ...summaryOf(delivery),
  payload: JSON.parse(delivery.payload) as unknown,
});
