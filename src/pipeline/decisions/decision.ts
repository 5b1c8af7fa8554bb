import type { Failure, KnownFailure } from "../errors.ts";
import type { JobState } from "../job.ts";
import { crashLimit } from "../lease.ts";
import type { EventDraft } from "../job-events.ts";
import { type StageName, stageOf } from "../stages/stage-table.ts";

/**
 * The answer to a call: the events that happened, and whether the current stage's message is sent.
 * Decisions are pure; the object commits them.
 */
export interface Decision<Reply> {
  events: EventDraft[];
  /** The delay of the stage's message, seconds, or that its dead letter is sent again; null for neither. */
  dispatch: { delaySeconds: number } | "dead-letter" | null;
  reply: Reply;
}

export const atOnce = { delaySeconds: 0 };

/** A decision. Without events nothing happened. */
export const decide = <Reply>(
  reply: Reply,
  events: EventDraft[] = [],
  dispatch: Decision<Reply>["dispatch"] = null,
): Decision<Reply> => ({ events, dispatch, reply });

export const attemptLost: KnownFailure = {
  code: "ATTEMPT_LOST",
  message: "The attempt ended without a result; the worker that ran it is gone.",
};
export const messageLost: KnownFailure = {
  code: "MESSAGE_LOST",
  message: "The stage's message did not arrive in time; another was sent.",
};
export const expired = (stage: StageName): KnownFailure => ({
  code: "MESSAGE_EXPIRED",
  message: `The ${stage} stage waited longer than its ${stageOf(stage).ttlMs / 1000} s.`,
});

type DraftOf<Type> = Extract<EventDraft, { type: Type }>;

/** The stage has used up its attempts or its time: the job waits for a redrive. */
export const parked = (
  stage: StageName,
  error: Failure,
  provider: string | null = null,
): DraftOf<"parked"> => ({
  type: "parked",
  stage,
  error,
  ...(provider !== null && { provider }),
  calls: [],
});

/** The stage runs again at once. */
export const again = (
  { stage, attempt }: JobState,
  error: Failure,
  budget: DraftOf<"retrying">["budget"],
  retryAt: number,
): DraftOf<"retrying"> => ({ type: "retrying", stage, attempt, error, budget, retryAt, calls: [] });

/** The attempt that holds the lease crashed: the stage runs again, or is parked when it crashed too often. */
export const crashed = (state: JobState, now: number) =>
  state.crashes + 1 < crashLimit
    ? again(state, attemptLost, "crash", now)
    : parked(state.stage, attemptLost);
