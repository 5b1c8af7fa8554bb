import { z } from "zod";
import { Lane } from "./admission.ts";
import { ConfirmedBy } from "./certainty.ts";
import { ModelCall } from "./model-call.ts";
import { ScanRequest } from "./request.ts";
import { TestOf } from "./test-scan.ts";
import { StageName, stages } from "./stages/stage-table.ts";
import { Classification, SituationTag } from "./taxonomy.ts";

const FailureSchema = z.strictObject({ code: z.string(), message: z.string() });
/** The provider that is at fault for an error. Without one, none is. */
const provider = z.string().optional();

/** `seq` counts a job's events from 0 without gaps; `at` is Unix time in ms. */
const base = { seq: z.int().nonnegative(), at: z.int().nonnegative() };
const staged = { ...base, stage: StageName };

const Queued = z.strictObject({
  ...base,
  type: z.literal("queued"),
  jobId: z.string(),
  userId: z.string(),
  request: ScanRequest,
  /** Jobs of earlier versions have none. */
  requestHash: z.string().nullable().default(null),
  keyed: z.boolean().default(true),
  traceparent: z.string(),
  lane: Lane,
  /** Jobs of earlier versions have none. */
  owned: z.array(z.string()).default([]),
  /** Of a test scan: the job whose content it runs with. */
  test: TestOf.optional(),
  /** Which domain events the job has: their seqs must not change during it. Jobs of earlier versions have none. */
  eventsVersion: z.int().optional(),
});
/** Not strict: logs of earlier versions hold one member more. */
const Started = z.object({
  ...staged,
  type: z.literal("started"),
  attempt: z.int().positive(),
  /** Names the attempt. */
  lease: z.string(),
});
/** One schema for each stage, so that each output is parsed by its own. */
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
  provider,
  retryAt: z.int(),
  /**
   * What is used up: an attempt, a crash, or the time that a stage may wait for a provider. Logs of earlier
   * versions do not have it.
   */
  budget: z.enum(["attempt", "crash", "wait"]).default("attempt"),
  /** The model calls of the attempt that failed. */
  calls: z.array(ModelCall),
});
const Parked = z.strictObject({
  ...staged,
  type: z.literal("parked"),
  error: FailureSchema,
  provider,
  calls: z.array(ModelCall),
});
const Resumed = z.strictObject({
  ...staged,
  type: z.literal("resumed"),
  /** Names the redrive, so that it is carried out once. */
  decision: z.string(),
  /** Whether no operator decided it. Logs of earlier versions do not tell the two apart. */
  automatic: z.boolean().default(true),
});
/** The stage is paused: its message is sent again later, and no attempt is used up. */
const Postponed = z.strictObject({
  ...staged,
  type: z.literal("postponed"),
  until: z.int(),
  reason: z.string(),
  /** For residents. */
  notice: z.string().nullish(),
});
const Failed = z.strictObject({
  ...staged,
  type: z.literal("failed"),
  error: FailureSchema,
  calls: z.array(ModelCall),
});
const Cancelled = z.strictObject({ ...staged, type: z.literal("cancelled") });
/** The resident confirmed or corrected the class of a completed scan: it goes on behind its first stage. */
const Confirmed = z.strictObject({
  ...base,
  type: z.literal("confirmed"),
  classification: Classification,
  situation_tags: z.array(SituationTag),
  by: ConfirmedBy,
});
/** The resident has done what a completed scan left to do: its reward is decided again. */
const StepsDone = z.strictObject({ ...base, type: z.literal("steps_done") });
/** The end of a run. A confirmation starts another, and so do ticked steps. */
const Done = z.strictObject({ ...base, type: z.literal("done") });

/** An event of a job. The job's state is folded from its log of events. */
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
  Confirmed,
  StepsDone,
  Done,
]);
export type JobEvent = z.infer<typeof JobEvent>;
export type Queued = z.infer<typeof Queued>;
export type Confirmed = z.infer<typeof Confirmed>;
export type StepsDone = z.infer<typeof StepsDone>;

type Draft<Event> = Event extends JobEvent ? Omit<Event, "seq" | "at"> : never;
/** An event before the log has given it its seq and time. */
export type EventDraft = Draft<JobEvent>;
