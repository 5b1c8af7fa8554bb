import { z } from "zod";
import { webhookTypes } from "../pipeline/messages.ts";

export const deliveryStatuses = ["pending", "delivered", "failed"] as const;
export const DeliveryStatus = z.enum(deliveryStatuses);

/** A row of `webhook_deliveries`; times are Unix ms. */
export const Delivery = z.object({
  id: z.string(),
  job_id: z.string(),
  user_id: z.string(),
  url: z.string(),
  type: z.enum(webhookTypes),
  /** JSON, the body of each POST. */
  payload: z.string(),
  status: DeliveryStatus,
  /** Tries begun since the webhook was created or redelivered. */
  attempts: z.int(),
  /** Null when no answer came. */
  last_status: z.int().nullable(),
  last_error: z.string().nullable(),
  created_at: z.int(),
  last_attempt_at: z.int().nullable(),
  next_attempt_at: z.int().nullable(),
  delivered_at: z.int().nullable(),
  expires_at: z.int(),
  message_id: z.string().nullable(),
});
export type Delivery = z.infer<typeof Delivery>;
