import { z } from "zod";
import { WebhookMessage } from "../pipeline/messages.ts";
import { DeliveredType } from "../pipeline/webhook-types.ts";

export const deliveryStatuses = ["pending", "delivered", "failed"] as const;
export const DeliveryStatus = z.enum(deliveryStatuses);

/** A row of `webhook_deliveries`: one webhook with its delivery state. Times are Unix ms. */
export const Delivery = z.object({
  id: z.string(),
  job_id: z.string(),
  user_id: z.string(),
  url: z.string(),
  type: DeliveredType,
  /** JSON, the body of each attempt. */
  payload: z.string(),
  status: DeliveryStatus,
  /** Attempts begun since the webhook was created or redelivered. */
  attempts: z.int(),
  /** The last HTTP status; null without a response. */
  last_status: z.int().nullable(),
  last_error: z.string().nullable(),
  created_at: z.int(),
  last_attempt_at: z.int().nullable(),
  next_attempt_at: z.int().nullable(),
  delivered_at: z.int().nullable(),
  /** The end of the delivery window. */
  expires_at: z.int(),
  /** The queue message that carries it; null until one is received. */
  message_id: z.string().nullable(),
});
export type Delivery = z.infer<typeof Delivery>;

/** The queue message of a delivery. */
export const messageOf = ({ id, url, job_id, user_id, payload }: Delivery): WebhookMessage =>
  WebhookMessage.parse({
    id,
    url,
    jobId: job_id,
    userId: user_id,
    payload: JSON.parse(payload) as unknown,
  });
