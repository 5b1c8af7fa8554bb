import { z } from "zod";
import { DomainEvent } from "./domain-event.ts";
import { StageName } from "./stages/stage-table.ts";

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

/** What other domains are to hear of one job, in order. The same events may come again. */
export const ScanEventsMessage = z.strictObject({
  jobId: z.uuid(),
  userId: z.string(),
  traceparent: z.string(),
  events: z.array(DomainEvent).min(1),
});
export type ScanEventsMessage = z.infer<typeof ScanEventsMessage>;

/** A character that a user was given. Two queues carry it, each to a table of its own. */
export const GrantMessage = z.strictObject({
  /** Names the grant: the id of the job that gave it. */
  id: z.string(),
  userId: z.string(),
  character: z.strictObject({
    code: z.string(),
    name: z.string(),
    type: z.string(),
    dialog: z.string(),
  }),
  /** Unix ms. */
  acquiredAt: z.int(),
});
export type GrantMessage = z.infer<typeof GrantMessage>;
