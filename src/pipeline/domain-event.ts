import { z } from "zod";
import { CategoryCandidate, ConfirmedBy } from "./certainty.ts";
import { RewardRefusal } from "./reward-refusal.ts";
import { Reward } from "./stages/reward.ts";
import { StageName } from "./stages/stage-table.ts";
import { Classification, SituationTag } from "./taxonomy.ts";

const Failure = z.strictObject({ code: z.string(), message: z.string() });

const requested = {
  /** The model that was requested. */
  model: z.string(),
  /** The municipality or province that the resident's region matches, by its official name; null for none. */
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
  /** An operator redrove or discarded it, or it was given up. */
  operated: z.boolean().optional(),
  /** The outcome of the run before, which this one replaces since the resident chose another class or ticked the steps. */
  replaces: Replaced.optional(),
  /** The stored photo; null when there is none, or it was given by its URL. */
  photo_key: z.string().nullable(),
  ...costs,
});

const Requested = z.strictObject({ ...requested, photo: z.boolean(), words: z.boolean() });
const Classified = z.strictObject({
  classification: Classification,
  situation_tags: z.array(SituationTag),
  /** The probability of the class, 0 to 1; null when the model states none. */
  confidence: z.number().nullable().optional(),
  regulation_version: z.string(),
});
const RulesRetrieved = z.strictObject({
  /** The regulation document that rules the item; null when none does. */
  regulation_key: z.string().nullable(),
  regulation_version: z.string(),
  /** The sub-group of the document whose steps apply; null for the common ones. */
  group: z.string().nullable(),
  /** The municipality whose rules are applied; null when the national rules alone are. */
  municipality: z.string().nullable(),
});
const Answered = z.strictObject({ steps: z.int(), insufficiencies: z.array(z.string()) });
/** Whether the scan has a character. Events of earlier versions were of scans that have one, and do not say so. */
const Rewarded = z.union([
  z.strictObject({ reward_granted: z.literal(true).default(true), ...Reward.shape }),
  z.strictObject({ reward_granted: z.literal(false), reason: RewardRefusal }),
]);
/** An example for the evaluation of models: what was shown, and what the resident chose. */
const Confirmed = z.strictObject({
  by: ConfirmedBy,
  chosen: Classification,
  shown: z.array(CategoryCandidate),
  model: z.string(),
  photo_key: z.string().nullable(),
});
/** An operator's test of a model or of other words, with a scan's content. It is no resident's scan. */
const Tested = z.strictObject({
  ...requested,
  /** The job whose content it had. */
  of: z.string(),
  status: z.enum(["completed", "failed", "cancelled"]),
  /** Unix ms. */
  requested_at: z.int(),
  classification: Classification.nullable(),
  error: Failure.nullable(),
  ...costs,
});
const Parked = z.strictObject({ stage: StageName, error: Failure, redrives: z.int() });

/** `seq` counts a job's domain events from 0 without gaps; `at` is Unix time in ms. */
const base = { seq: z.int().nonnegative(), at: z.int().nonnegative().max(8.64e15) };
const of = <Type extends string, Data extends z.ZodType>(type: Type, data: Data) =>
  z.strictObject({ ...base, type: z.literal(type), data });

/**
 * The events of a scan for other domains. A cancelled scan is a `scan.failed` with status `cancelled`. No
 * event holds the resident's words or the answer's text.
 *
 * A change of these schemas is a new version of the published ones: `npm run schemas:publish`.
 */
export const DomainEvent = z.discriminatedUnion("type", [
  of("scan.requested", Requested),
  of("scan.classified", Classified),
  of("scan.rules_retrieved", RulesRetrieved),
  of("scan.answered", Answered),
  of("scan.confirmed", Confirmed),
  of("scan.rewarded", Rewarded),
  of("scan.completed", Ended),
  of("scan.failed", Ended),
  of("scan.parked", Parked),
  of("scan.tested", Tested),
]);
export type DomainEvent = z.infer<typeof DomainEvent>;
/**
 * Which events a scan that begins now has. It changes with the events that a stage has, and never for a job that has
 * begun: the events of a job are numbered anew from its log whenever they are published.
 */
export const eventsVersion = 2;
export const domainEventTypes = DomainEvent.options.map(({ shape }) => shape.type.value);

type Draft<Event> = Event extends DomainEvent ? Omit<Event, "seq" | "at"> : never;
/** A domain event before it has its seq and time. */
export type DomainEventDraft = Draft<DomainEvent>;
