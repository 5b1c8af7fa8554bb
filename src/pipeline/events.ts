import { z } from "zod";
import { Lane } from "./admission.ts";
import { ModelCall } from "./model-call.ts";
import { ScanRequest } from "./request.ts";
import { StageName, stages } from "./stages/stage-table.ts";

const FailureSchema = z.strictObject({ code: z.string(), message: z.string() });

/** `seq` counts a job's events from 0 without gaps; `at` is Unix time in ms. */
const base = { seq: z.int().nonnegative(), at: z.int().nonnegative() };
const staged = { ...base, stage: StageName };

const Queued = z.strictObject({
  ...base,
  type: z.literal("queued"),
  jobId: z.string(),
  userId: z.string(),
  request: ScanRequest,
  traceparent: z.string(),
  lane: Lane,
  /** Jobs that were accepted before it was told have none. */
  owned: z.array(z.string()).default([]),
});
const Started = z.strictObject({
  ...staged,
  type: z.literal("started"),
  attempt: z.int().positive(),
  /** The name the attempt gave itself. */
  lease: z.string(),
  /** Whether it began under the message of the stage before, and so has none of its own. */
  inline: z.boolean(),
});
/** One schema a stage, so that each output is read by its own. */
const Completed = z.union(
  stages.map(({ name, output }) =>
    z.strictObject({ ...base, type: z.literal("completed"), stage: z.literal(name), output }),
  ),
);
const Retrying = z.strictObject({
  ...staged,
  type: z.literal("retrying"),
  attempt: z.int().nonnegative(),
  error: FailureSchema,
  retryAt: z.int(),
  /** The model calls of the attempt that failed. */
  calls: z.array(ModelCall),
});
const Parked = z.strictObject({
  ...staged,
  type: z.literal("parked"),
  error: FailureSchema,
  calls: z.array(ModelCall),
});
const Resumed = z.strictObject({
  ...staged,
  type: z.literal("resumed"),
  /** Names the redrive, so that it can be asked for again without a second effect. */
  decision: z.string(),
});
/** The stage is paused: its message comes again later, and no attempt was used. */
const Postponed = z.strictObject({
  ...staged,
  type: z.literal("postponed"),
  until: z.int(),
  reason: z.string(),
});
const Failed = z.strictObject({
  ...staged,
  type: z.literal("failed"),
  error: FailureSchema,
  calls: z.array(ModelCall),
});
const Cancelled = z.strictObject({ ...staged, type: z.literal("cancelled") });
const Done = z.strictObject({ ...base, type: z.literal("done") });

/** What happened to a job: the log its state is folded from. */
export const JobEvent = z.union([
  Queued,
  Started,
  Completed,
  Retrying,
  Parked,
  Resumed,
  Postponed,
  Failed,
  Cancelled,
  Done,
]);
export type JobEvent = z.infer<typeof JobEvent>;
export type Queued = z.infer<typeof Queued>;

type Draft<Event> = Event extends JobEvent ? Omit<Event, "seq" | "at"> : never;
/** An event before the log has given it its place and time. */
export type EventDraft = Draft<JobEvent>;
