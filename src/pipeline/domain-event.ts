import { z } from "zod";
import type { JobEvent } from "./job-events.ts";
import type { JobState } from "./job.ts";
import { costOf } from "./model-call.ts";
import { Reward } from "./stages/reward.ts";
import { StageName } from "./stages/stage-table.ts";
import { Classification, SituationTag } from "./taxonomy.ts";

const Failure = z.strictObject({ code: z.string(), message: z.string() });

const requested = {
  /** The model that was requested. */
  model: z.string(),
  /** The resident's region, as it was typed. */
  region: z.string().nullable(),
};

/** The outcome of an ended scan. It is complete: a projection needs no earlier event. */
const Ended = z.strictObject({
  ...requested,
  status: z.enum(["completed", "failed", "cancelled"]),
  /** When the scan was submitted, Unix ms. */
  requested_at: z.int(),
  /** Null when the scan ended before it was classified. */
  classification: Classification.nullable(),
  insufficiencies: z.array(z.string()),
  reward: Reward.nullable(),
  error: Failure.nullable(),
  /** The stored photo; null when there is none, or it was given by its URL. */
  photo_key: z.string().nullable(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  /** Millionths of a US dollar: an integer, so that sums do not depend on their order. */
  cost_micro_usd: z.int(),
});

const Requested = z.strictObject({ ...requested, photo: z.boolean(), words: z.boolean() });
const Classified = z.strictObject({
  classification: Classification,
  situation_tags: z.array(SituationTag),
  regulation_version: z.string(),
});
const Answered = z.strictObject({ steps: z.int(), insufficiencies: z.array(z.string()) });
const Parked = z.strictObject({ stage: StageName, error: Failure, redrives: z.int() });

/** `seq` counts a job's domain events from 0 without gaps; `at` is Unix time in ms. */
const base = { seq: z.int().nonnegative(), at: z.int().nonnegative().max(8.64e15) };
const of = <Type extends string, Data extends z.ZodType>(type: Type, data: Data) =>
  z.strictObject({ ...base, type: z.literal(type), data });

/**
 * The events of a scan for other domains. A cancelled scan is a `scan.failed` with status `cancelled`. No
 * event holds the resident's words or the answer's text.
 */
export const DomainEvent = z.discriminatedUnion("type", [
  of("scan.requested", Requested),
  of("scan.classified", Classified),
  of("scan.answered", Answered),
  of("scan.rewarded", Reward),
  of("scan.completed", Ended),
  of("scan.failed", Ended),
  of("scan.parked", Parked),
]);
export type DomainEvent = z.infer<typeof DomainEvent>;
export const domainEventTypes = DomainEvent.options.map(({ shape }) => shape.type.value);

type Draft<Event> = Event extends DomainEvent ? Omit<Event, "seq" | "at"> : never;
/** A domain event before it has its seq and time. */
export type DomainEventDraft = Draft<DomainEvent>;

/** The domain event of a job's event; `state` is the job's state after it. Null for most events. */
export function domainEventOf(event: JobEvent, state: JobState): DomainEventDraft | null {
  const { request, error, checkpoints } = state;
  const { model, region } = request;
  switch (event.type) {
    case "queued": {
      const data = {
        model,
        region,
        photo: request.photo !== null,
        words: request.user_input !== null,
      };
      return { type: "scan.requested", data };
    }
    case "completed":
      return stageEventOf(event.stage, state);
    case "parked":
      return (
        error && {
          type: "scan.parked",
          data: { stage: state.stage, error, redrives: state.redrives },
        }
      );
    case "done": {
      const { status, submittedAt } = state;
      if (status !== "completed" && status !== "failed" && status !== "cancelled") return null;
      const { input_tokens, output_tokens, cost_usd } = costOf(state.calls);
      const data = {
        model,
        region,
        status,
        requested_at: submittedAt,
        classification: checkpoints.vision?.classification ?? null,
        insufficiencies: checkpoints.answer?.insufficiencies ?? [],
        reward: checkpoints.reward?.reward ?? null,
        error,
        photo_key: request.photo?.kind === "stored" ? request.photo.key : null,
        input_tokens,
        output_tokens,
        cost_micro_usd: Math.round(cost_usd * 1e6),
      };
      return { type: status === "completed" ? "scan.completed" : "scan.failed", data };
    }
    case "started":
    case "retrying":
    case "resumed":
    case "postponed":
    case "failed":
    case "cancelled":
      return null;
  }
}

function stageEventOf(stage: StageName, { checkpoints }: JobState): DomainEventDraft | null {
  const { vision, answer, reward } = checkpoints;
  if (stage === "vision" && vision) {
    const { classification, situation_tags, regulation_version } = vision;
    return {
      type: "scan.classified",
      data: { classification, situation_tags, regulation_version },
    };
  }
  if (stage === "answer" && answer) {
    const { disposal_steps, insufficiencies } = answer;
    return {
      type: "scan.answered",
      data: { steps: Object.keys(disposal_steps).length, insufficiencies },
    };
  }
  return stage === "reward" && reward?.reward
    ? { type: "scan.rewarded", data: reward.reward }
    : null;
}
