import { z } from "zod";
import { changeTypes } from "./change-types.ts";

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

/** Web Push to a resident's browser: a scan that was parked has ended. */
export const pushType = "push.scan_ended";

/** All that is delivered: webhooks of scans, and of changes that copies follow, and pushes. */
export const DeliveredType = z.enum([...WebhookType.options, ...changeTypes, pushType]);
