import { retryDelaySeconds } from "./backoff.ts";
import type { Failure } from "./errors.ts";
import type { EventDraft } from "./events.ts";
import type { ModelCall } from "./model-call.ts";
import { isTerminal, type JobState } from "./job.ts";
import {
  isBefore,
  nextStage,
  type StageName,
  stageOf,
  type StageOutput,
  stages,
} from "./stages/index.ts";

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

const atOnce = { delaySeconds: 0 };

const decide = <Reply>(
  reply: Reply,
  events: EventDraft[] = [],
  dispatch: Decision<Reply>["dispatch"] = null,
): Decision<Reply> => ({
  events,
  dispatch,
  reply,
});

/** How a consumer is to treat its message, and what it may run. */
export type ClaimReply =
  | { verdict: "run" }
  /** The stage is done, runs elsewhere, or the job needs it no more. */
  | { verdict: "ack" }
  /** A retry that came before its time. */
  | { verdict: "wait"; seconds: number }
  /** The job is parked: the message belongs in the dead-letter queue. */
  | { verdict: "dead" };

/**
 * A message of `stage` arrived: may it run, as the attempt named `lease`? The same attempt may ask
 * again, when the reply was lost.
 */
export function claim(
  state: JobState,
  stage: StageName,
  lease: string,
  now: number,
): Decision<ClaimReply> {
  if (isTerminal(state) || isBefore(state.stage, stage)) return decide({ verdict: "ack" });
  // The message that completed this stage may have died between the commit and the next send.
  if (isBefore(stage, state.stage)) return decide({ verdict: "ack" }, [], unsent(state));
  if (state.status === "parked") return decide({ verdict: "dead" });
  if (state.lease?.id === lease) return decide({ verdict: "run" });
  if (state.lease && state.lease.expiresAt > now) return decide({ verdict: "ack" });
  if (!state.lease && state.readyAt > now) {
    return decide({ verdict: "wait", seconds: Math.ceil((state.readyAt - now) / 1000) });
  }
  if (now - state.readyAt >= stageOf(stage).ttlMs)
    return park({ verdict: "dead" }, stage, expired(stage));
  if (state.attempt >= stageOf(stage).attempts)
    return park({ verdict: "dead" }, stage, attemptLost);
  const attempt = state.attempt + 1;
  return decide({ verdict: "run" }, [{ type: "started", stage, attempt, lease, inline: false }]);
}

export type CompleteReply =
  | { verdict: "recorded" | "stale" }
  /** The next stage is the caller's to run at once, under the same lease. */
  | { verdict: "run"; stage: StageName };

/**
 * An attempt finished. Refused when it does not hold the lease any more. With `goOn` the caller
 * can run the next stage itself, where the table allows it; otherwise its message is sent.
 */
export function complete(
  state: JobState,
  stage: StageName,
  lease: string,
  output: StageOutput,
  goOn: boolean,
): Decision<CompleteReply> {
  if (!holds(state, stage, lease)) return completedBefore(state, stage, lease);
  const completed: EventDraft = { type: "completed", stage, output };
  const following = nextStage(stage);
  if (!following) return decide({ verdict: "recorded" }, [completed, { type: "done" }]);
  if (!goOn || !stageOf(following).inline) {
    return decide({ verdict: "recorded" }, [completed], atOnce);
  }
  return decide({ verdict: "run", stage: following }, [
    completed,
    { type: "started", stage: following, attempt: 1, lease, inline: true },
  ]);
}

/** Said again, when the reply was lost, a completion has the same answer; a late one has no effect. */
function completedBefore(
  state: JobState,
  stage: StageName,
  lease: string,
): Decision<CompleteReply> {
  return nextStage(stage) === state.stage && holds(state, state.stage, lease)
    ? decide({ verdict: "run", stage: state.stage })
    : decide({ verdict: "stale" }, [], isBefore(stage, state.stage) ? unsent(state) : null);
}

export type RetryReply =
  | { verdict: "retry"; seconds: number }
  | { verdict: "dead" }
  | { verdict: "stale" }
  /** The stage's own message is on its way; the caller's is done. */
  | { verdict: "sent" };

/** What a failed attempt has to tell besides its failure. */
export interface Told {
  calls?: readonly ModelCall[];
}

/** An attempt failed for a passing reason: wait and try again, or park when the budget is used up. */
export function retry(
  state: JobState,
  stage: StageName,
  lease: string,
  error: Failure,
  now: number,
  { retryAfterMs, calls = [] }: Told & { retryAfterMs?: number | undefined } = {},
): Decision<RetryReply> {
  if (!holds(state, stage, lease)) return decide({ verdict: "stale" });
  const { attempt } = state;
  const inline = state.lease?.inline;
  const { attempts, backoff } = stageOf(stage);
  if (attempt >= attempts) {
    const parked: EventDraft = { type: "parked", stage, error, calls: [...calls] };
    // Its own message then takes the road to the dead letters.
    return inline
      ? decide({ verdict: "sent" }, [parked], atOnce)
      : decide({ verdict: "dead" }, [parked]);
  }
  const seconds = retryDelaySeconds(attempt, backoff, { retryAfterMs });
  const retryAt = now + seconds * 1000;
  const retrying: EventDraft = {
    type: "retrying",
    stage,
    attempt,
    error,
    retryAt,
    calls: [...calls],
  };
  return inline
    ? decide({ verdict: "sent" }, [retrying], { delaySeconds: seconds })
    : decide({ verdict: "retry", seconds }, [retrying]);
}

/** An attempt failed for good: so does the job. */
export function fail(
  state: JobState,
  stage: StageName,
  lease: string,
  error: Failure,
  { calls = [] }: Told = {},
): Decision<"recorded" | "stale"> {
  if (!holds(state, stage, lease)) return decide("stale");
  const failed: EventDraft = { type: "failed", stage, error, calls: [...calls] };
  return decide("recorded", [failed, { type: "done" }]);
}

/** A dead letter of `stage` arrived. A stage that has moved on, or runs, is not parked. */
export function parkDeadLetter(
  state: JobState,
  stage: StageName,
  now: number,
): Decision<"parked" | "moved-on"> {
  if (isTerminal(state) || state.stage !== stage) return decide("moved-on");
  if (state.status === "parked") return decide("parked");
  if (state.lease && state.lease.expiresAt > now) return decide("moved-on");
  return park("parked", stage, state.error ?? attemptLost);
}

/** Gives a parked stage a fresh budget; what earlier stages have paid for is kept. */
export function resume(state: JobState, stage: StageName): Decision<"resumed" | "not-parked"> {
  if (state.status !== "parked" || state.stage !== stage) return decide("not-parked");
  return decide("resumed", [{ type: "resumed", stage }], atOnce);
}

/** Ends a job that has not ended. */
export function cancel(state: JobState): Decision<null> {
  if (isTerminal(state)) return decide(null);
  return decide(null, [{ type: "cancelled", stage: state.stage }, { type: "done" }]);
}

/** How long an ended job stays readable, and a parked one waits to be redriven. */
const keptMs = 60 * 60 * 1000;
const parkedMs = 7 * 24 * 60 * 60 * 1000;
/** How long a job can be forgotten before its object looks after it. */
export const watchMs = Math.min(...stages.map(({ leaseMs }) => leaseMs));

/** What the watchdog finds: the events it decided, and when it looks again, or null to purge. */
export function watch(state: JobState, now: number): Decision<{ wakeAt: number | null }> {
  if (state.endedAt !== null) {
    return decide({ wakeAt: now < state.endedAt + keptMs ? state.endedAt + keptMs : null });
  }
  if (state.parkedAt !== null) {
    const archiveAt = state.parkedAt + parkedMs;
    if (now < archiveAt) return decide({ wakeAt: archiveAt });
    const error = state.error ?? attemptLost;
    return decide({ wakeAt: now + keptMs }, [
      { type: "failed", stage: state.stage, error, calls: [] },
      { type: "done" },
    ]);
  }
  const due = dueAt(state);
  if (now < due) return decide({ wakeAt: Math.min(due, now + watchMs) });
  return bringBack(state, now);
}

/** The lease ran out, or the message was never heard of again: send another, or park. */
function bringBack(state: JobState, now: number): Decision<{ wakeAt: number | null }> {
  const { stage, attempt, lease } = state;
  const { attempts, ttlMs } = stageOf(stage);
  if (lease ? attempt >= attempts : now - state.readyAt >= ttlMs) {
    return park({ wakeAt: now + parkedMs }, stage, lease ? attemptLost : expired(stage));
  }
  const error = lease ? attemptLost : messageLost;
  const retrying: EventDraft = { type: "retrying", stage, attempt, error, retryAt: now, calls: [] };
  return decide({ wakeAt: now + watchMs }, [retrying], atOnce);
}

/**
 * When a stage that is not heard of counts as lost, or has waited too long. Waits double, so a
 * backlog is not made worse.
 */
function dueAt({ lease, stage, readyAt, dispatchedAt, dispatches }: JobState): number {
  if (lease) return lease.expiresAt;
  const { leaseMs, ttlMs } = stageOf(stage);
  return Math.min(dispatchedAt + leaseMs * 2 ** dispatches, readyAt + ttlMs);
}

const attemptLost: Failure = {
  code: "ATTEMPT_LOST",
  message: "The attempt ended without a word; the worker that ran it is gone.",
};
const messageLost: Failure = {
  code: "MESSAGE_LOST",
  message: "The stage's message was not heard of in time; another was sent.",
};
const expired = (stage: StageName): Failure => ({
  code: "MESSAGE_EXPIRED",
  message: `The ${stage} stage waited longer than its ${stageOf(stage).ttlMs / 1000} s.`,
});

const park = <Reply>(reply: Reply, stage: StageName, error: Failure): Decision<Reply> =>
  decide(reply, [{ type: "parked", stage, error, calls: [] }]);

/** Whether an attempt is the one that runs. */
export const holds = (state: JobState, stage: StageName, lease: string): boolean =>
  state.stage === stage && state.lease?.id === lease;

/** A stage that was never started may have lost its message between the commit and the send. */
const unsent = ({ status, attempt, lease }: JobState): Decision<unknown>["dispatch"] =>
  status !== "parked" && attempt === 0 && !lease ? atOnce : null;
