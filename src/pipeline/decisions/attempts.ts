import { attemptDelaySeconds, postponeSeconds } from "../backoff.ts";
import type { Failure } from "../errors.ts";
import { type HopInput, hopInput } from "../hop-input.ts";
import type { EventDraft } from "../job-events.ts";
import { isTerminal, type JobState } from "../job.ts";
import { isRedelivery } from "../lease.ts";
import type { ModelCall } from "../model-call.ts";
import { type Stale, stale } from "../refusals.ts";
import {
  isBefore,
  nextStage,
  type StageName,
  stageOf,
  type StageOutput,
} from "../stages/stage-table.ts";
import {
  atOnce,
  attemptLost,
  crashed,
  decide,
  type Decision,
  expired,
  parked,
} from "./decision.ts";

/** How a consumer treats its message, and what it may run. */
export type ClaimReply =
  | { verdict: "run"; attempt: number; input: HopInput; test: boolean }
  /** The stage is done, runs elsewhere, waits for a redrive, or the job does not need it any more. */
  | { verdict: "ack" }
  /** A retry that arrived before its time. */
  | { verdict: "wait"; seconds: number }
  /** The job was parked, and sends its dead letter. */
  | { verdict: "parked" };

/**
 * A message of `stage` arrived: may it run, as the attempt named `lease`? The same attempt may claim
 * again when the reply was lost.
 */
export function claim(
  state: JobState,
  stage: StageName,
  lease: string,
  now: number,
): Decision<ClaimReply> {
  if (isTerminal(state) || state.status === "parked" || isBefore(state.stage, stage)) {
    return decide({ verdict: "ack" });
  }
  // The consumer that completed this stage may have died between the commit and the next send.
  if (isBefore(stage, state.stage)) return decide({ verdict: "ack" }, [], unsent(state));
  const run = { verdict: "run", input: hopInput(stage, state), test: state.test !== null } as const;
  const { lease: held, attempt, readyAt } = state;
  if (held?.id === lease) return decide({ ...run, attempt });
  if (held) {
    if (held.expiresAt > now && !isRedelivery(held.id, lease)) return decide({ verdict: "ack" });
    const crash = crashed(state, now);
    if (crash.type === "parked") return decide({ verdict: "parked" }, [crash]);
    // The crashed attempt is not used up: its number is given to this one.
    const started = { type: "started", stage, attempt, lease } as const;
    return decide({ ...run, attempt }, [crash, started]);
  }
  if (readyAt > now) {
    return decide({ verdict: "wait", seconds: Math.ceil((readyAt - now) / 1000) });
  }
  const { ttlMs, attempts } = stageOf(stage);
  if (now - readyAt >= ttlMs) return decide({ verdict: "parked" }, [parked(stage, expired(stage))]);
  if (attempt >= attempts) return decide({ verdict: "parked" }, [parked(stage, attemptLost)]);
  const next = attempt + 1;
  const started = { type: "started", stage, attempt: next, lease } as const;
  return decide({ ...run, attempt: next }, [started]);
}

/** A stage of a hop that has finished. */
export interface StageResult {
  stage: StageName;
  output: StageOutput;
}

/** `recovered`: the job had been redriven, so the stages' dead letters are settled. */
export type CompleteReply = { recovered: boolean } | Stale;

/**
 * An attempt finished: records the outputs of its hop, in order, and sends the message of the stage
 * behind them. Refused when the attempt does not hold the lease any more.
 */
export function complete(
  state: JobState,
  lease: string,
  results: readonly [StageResult, ...StageResult[]],
): Decision<CompleteReply> {
  const [{ stage }] = results;
  if (!holds(state, stage, lease)) {
    return decide(stale, [], isBefore(stage, state.stage) ? unsent(state) : null);
  }
  const events = results.flatMap(({ stage, output }, index): EventDraft[] => [
    ...(index > 0 ? [{ type: "started" as const, stage, attempt: 1, lease }] : []),
    { type: "completed", stage, output },
  ]);
  const reply = { recovered: state.redrives > 0 };
  const next = nextStage(results.at(-1)?.stage ?? stage);
  return next === null
    ? decide(reply, [...events, { type: "done" }])
    : decide(reply, events, atOnce);
}

/** `postponed`: another message was sent. */
export type RetryReply =
  | { verdict: "retry"; seconds: number }
  | { verdict: "postponed" }
  | { verdict: "parked" }
  | Stale;

/** What a transient error has cost, and how long the other side asked to wait, ms. */
export interface TransientDetails {
  retryAfterMs?: number | undefined;
  /** False when no provider could be called: the stage is postponed, as while it is paused. */
  countsAsAttempt?: boolean;
  /** The provider that is at fault; undefined when none is. */
  provider?: string | undefined;
  calls?: ModelCall[];
}

/**
 * An attempt failed with a transient error: wait and try again, or park when none is left. While no provider can be
 * called, the stage waits as long as it may wait for its turn, and uses up no attempt.
 */
export function retry(
  state: JobState,
  stage: StageName,
  lease: string,
  error: Failure,
  now: number,
  { retryAfterMs, countsAsAttempt = true, provider, calls = [] }: TransientDetails = {},
): Decision<RetryReply> {
  if (!holds(state, stage, lease)) return decide(stale);
  const { attempt, unavailableSince } = state;
  const { attempts, ttlMs } = stageOf(stage);
  const waitedMs = now - (unavailableSince ?? now);
  const isOver = countsAsAttempt ? attempt >= attempts : waitedMs >= ttlMs;
  if (isOver) {
    return decide({ verdict: "parked" }, [{ type: "parked", stage, error, provider, calls }]);
  }
  const seconds = countsAsAttempt
    ? attemptDelaySeconds(attempt, { retryAfterMs })
    : postponeSeconds(waitedMs, { retryAfterMs });
  const retryAt = now + seconds * 1000;
  const failed = { type: "retrying", stage, attempt, error, provider, retryAt } as const;
  if (countsAsAttempt) {
    return decide({ verdict: "retry", seconds }, [{ ...failed, budget: "attempt", calls }]);
  }
  // Calls that were not made are not recorded at each postponement.
  const paid = calls.filter((it) => it.input_tokens + it.output_tokens > 0);
  return decide({ verdict: "postponed" }, [{ ...failed, budget: "wait", calls: paid }], {
    delaySeconds: seconds,
  });
}

/** An attempt failed with a permanent error: so does the job. */
export function fail(
  state: JobState,
  stage: StageName,
  lease: string,
  error: Failure,
  calls: ModelCall[] = [],
): Decision<"recorded" | Stale> {
  if (!holds(state, stage, lease)) return decide(stale);
  return decide("recorded", [{ type: "failed", stage, error, calls }, { type: "done" }]);
}

/** Whether an attempt is the one that runs. */
export const holds = (state: JobState, stage: StageName, lease: string): boolean =>
  state.stage === stage && state.lease?.id === lease;

/** A stage that never started may have lost its message between the commit and the send. */
const unsent = (state: JobState): Decision<unknown>["dispatch"] =>
  state.status !== "parked" && !isTerminal(state) && state.attempt === 0 && !state.lease
    ? atOnce
    : null;
