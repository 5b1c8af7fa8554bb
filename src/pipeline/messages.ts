import { z } from "zod";
import { StageName } from "./stages/index.ts";

/** All a stage queue carries: which stage of which job. The data stays in the job's object. */
export const StageMessage = z.strictObject({
  jobId: z.uuid(),
  stage: StageName,
  traceparent: z.string(),
});
export type StageMessage = z.infer<typeof StageMessage>;

export const webhookTypes = [
  "scan.completed",
  "scan.failed",
  "scan.cancelled",
  "scan.parked",
] as const;

/** One thing to tell a client's server; it says all itself, since its job may be gone by then. */
export const WebhookMessage = z.strictObject({
  /** The same for each try, so that the receiver can tell a repetition. */
  id: z.string(),
  url: z.string(),
  jobId: z.uuid(),
  userId: z.string(),
  payload: z.strictObject({
    type: z.enum(webhookTypes),
    /** When it happened, ISO 8601. */
    timestamp: z.iso.datetime(),
    /** The result body, or while parked the pending body. */
    data: z.looseObject({}),
  }),
});
export type WebhookMessage = z.infer<typeof WebhookMessage>;
