import type { Failure } from "../errors.ts";
import type { EventDraft } from "../events.ts";
import { type StageName, stageOf } from "../stages/stage-table.ts";

/**
 * What a job does about a call: the events that happened, and whether the current stage's message
 * is to be sent. Decisions are pure; the object commits them.
 */
export interface Decision<Reply> {
  events: EventDraft[];
  /** Null when nothing is to be sent, or after how many seconds it is delivered. */
  dispatch: { delaySeconds: number } | null;
  reply: Reply;
}

export const atOnce = { delaySeconds: 0 };

/** A decision; without events nothing happened. */
export const decide = <Reply>(
  reply: Reply,
  events: EventDraft[] = [],
  dispatch: Decision<Reply>["dispatch"] = null,
): Decision<Reply> => ({
  events,
  dispatch,
  reply,
});

export const attemptLost: Failure = {
  code: "ATTEMPT_LOST",
  message: "The attempt ended without a word; the worker that ran it is gone.",
};
export const messageLost: Failure = {
  code: "MESSAGE_LOST",
  message: "The stage's message was not heard of in time; another was sent.",
};
export const expired = (stage: StageName): Failure => ({
  code: "MESSAGE_EXPIRED",
  message: `The ${stage} stage waited longer than its ${stageOf(stage).ttlMs / 1000} s.`,
});

export const park = <Reply>(reply: Reply, stage: StageName, error: Failure): Decision<Reply> =>
  decide(reply, [{ type: "parked", stage, error, calls: [] }]);
