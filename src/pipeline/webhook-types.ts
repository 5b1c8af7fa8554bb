import { z } from "zod";

/** The webhooks of a scan that names none: its end, and that it is parked. */
export const defaultWebhookTypes = [
  "scan.completed",
  "scan.failed",
  "scan.cancelled",
  "scan.parked",
] as const;

/** The webhooks that a scan may ask for by type. */
export const WebhookType = z.enum([
  ...defaultWebhookTypes,
  "scan.requested",
  "scan.classified",
  "scan.rules_retrieved",
  "scan.answered",
  "scan.rewarded",
  "scan.confirmed",
]);
export type WebhookType = z.infer<typeof WebhookType>;
