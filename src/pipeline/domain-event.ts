import { z } from "zod";
import { CategoryCandidate, ConfirmedBy } from "./certainty.ts";
import type { JobEvent } from "./job-events.ts";
import type { JobState, Outcome } from "./job.ts";
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

/** What an ended scan has cost. */
const costs = {
  input_tokens: z.int(),
  output_tokens: z.int(),
  /** Millionths of a US dollar: an integer, so that sums do not depend on their order. */
  cost_micro_usd: z.int(),
};

/** A run's outcome that another replaces. It is always a completed one. */
const Replaced = z.strictObject({
  /** Unix ms. */
  ended_at: z.int(),
  classification: Classification,
  rewarded: z.boolean(),
  ...costs,
});

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
  /** The character is matched and granted later. */
  reward_pending: z.boolean().optional(),
  error: Failure.nullable(),
  /** The outcome of the run before, which this one replaces since the resident chose another class. */
  replaces: Replaced.optional(),
  /** The stored photo; null when there is none, or it was given by its URL. */
  photo_key: z.string().nullable(),
  ...costs,
});

const Requested = z.strictObject({ ...requested, photo: z.boolean(), words: z.boolean() });
const Classified = z.strictObject({
  classification: Classification,
  situation_tags: z.array(SituationTag),
  confidence: z.number().nullable().optional(),
  regulation_version: z.string(),
});
const Answered = z.strictObject({ steps: z.int(), insufficiencies: z.array(z.string()) });
/** An example for the evaluation of models: what was shown, and what the resident chose. */
const Confirmed = z.strictObject({
  by: ConfirmedBy,
  chosen: Classification,
  shown: z.array(CategoryCandidate),
  model: z.string(),
  photo_key: z.string().nullable(),
});
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
  of("scan.confirmed", Confirmed),
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
  const { request, error, checkpoints, confirmation } = state;
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
      const data = {
        model,
        region,
        status,
        requested_at: submittedAt,
        classification: checkpoints.vision?.classification ?? null,
        insufficiencies: checkpoints.answer?.insufficiencies ?? [],
        reward: checkpoints.reward?.reward ?? null,
        ...(status === "completed" &&
          checkpoints.reward?.reward_pending && { reward_pending: true }),
        error,
        ...(confirmation && { replaces: replacedOf(confirmation.replaces) }),
        photo_key: photoKeyOf(state),
        ...costsOf(costOf(state.calls)),
      };
      return { type: status === "completed" ? "scan.completed" : "scan.failed", data };
    }
    case "confirmed": {
      const { by, classification: chosen } = event;
      const shown = checkpoints.vision?.candidates ?? [];
      const data = { by, chosen, shown, model, photo_key: photoKeyOf(state) };
      return { type: "scan.confirmed", data };
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

const photoKeyOf = ({ request: { photo } }: JobState) =>
  photo?.kind === "stored" ? photo.key : null;

const costsOf = ({ cost_usd, ...tokens }: ReturnType<typeof costOf>) => ({
  ...tokens,
  cost_micro_usd: Math.round(cost_usd * 1e6),
});

const replacedOf = ({ endedAt, classification, rewarded, usage }: Outcome) => ({
  ended_at: endedAt,
  classification,
  rewarded,
  ...costsOf(usage),
});

function stageEventOf(stage: StageName, { checkpoints }: JobState): DomainEventDraft | null {
  const { vision, answer, reward } = checkpoints;
  if (stage === "vision" && vision) {
    const { classification, situation_tags, confidence, regulation_version } = vision;
    return {
      type: "scan.classified",
      data: { classification, situation_tags, confidence, regulation_version },
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
