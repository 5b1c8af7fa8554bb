import { z } from "zod";
import { ChangeStream } from "./change-types.ts";
import { DomainEvent } from "./domain-event.ts";
import { StageName } from "./stages/stage-table.ts";
import { DeliveredType } from "./webhook-types.ts";

/**
 * A message of a stage's queue, or of its dead-letter queue: which stage of which job. The data stays in the
 * job's object.
 */
export const StageMessage = z.strictObject({
  jobId: z.uuid(),
  stage: StageName,
  traceparent: z.string(),
  /** The redrives that the job had when it was sent; messages of earlier versions do not have it. */
  redrives: z.int().nonnegative().default(0),
});
export type StageMessage = z.infer<typeof StageMessage>;

/** One webhook. It is complete, because its job may be purged before it is delivered. */
export const WebhookMessage = z.strictObject({
  /** The same for each attempt, so that the receiver recognises a repetition. */
  id: z.string(),
  url: z.string(),
  /** The stream of a change that belongs to no job. */
  jobId: z.union([z.uuid(), ChangeStream]),
  /** Empty for a change. */
  userId: z.string(),
  payload: z.strictObject({
    type: DeliveredType,
    /** Time of the event, ISO 8601. */
    timestamp: z.iso.datetime(),
    /** The result body, or the pending body of a parked job; of another event, its data and the result so far. */
    data: z.looseObject({}),
  }),
});
export type WebhookMessage = z.infer<typeof WebhookMessage>;

/** Domain events of one job, in order. The same events may be delivered again. */
export const ScanEventsMessage = z.strictObject({
  jobId: z.uuid(),
  userId: z.string(),
  traceparent: z.string(),
  events: z.array(DomainEvent).min(1),
});
export type ScanEventsMessage = z.infer<typeof ScanEventsMessage>;

/** A completed scan whose character is still to be matched. It is complete: its job may be purged before. */
export const MatchMessage = z.strictObject({
  jobId: z.uuid(),
  userId: z.string(),
  /** The label that the catalog is asked for. */
  middleCategory: z.string(),
  /** When the scan's run ended, Unix ms. It names the run. */
  endedAt: z.int(),
});
export type MatchMessage = z.infer<typeof MatchMessage>;

/** A character that was granted to a user. Two queues carry it, each to a table of its own. */
export const GrantMessage = z.strictObject({
  /** Names the grant: the id of the job that it belongs to. */
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
