import { retryDelaySeconds } from "../backoff.ts";
import type { Failure } from "../errors.ts";
import type { EventDraft } from "../events.ts";
import { isTerminal, type JobState, reduce } from "../job.ts";
import type { ModelCall } from "../model-call.ts";
import {
  isBefore,
  nextStage,
  type StageName,
  stageOf,
  type StageOutput,
} from "../stages/stage-table.ts";
import { atOnce, attemptLost, decide, type Decision, expired, park } from "./decision.ts";

/** How a consumer is to treat its message, and what it may run. */
export type ClaimReply =
  | { verdict: "run"; attempt: number }
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
  if (state.lease?.id === lease) return decide({ verdict: "run", attempt: state.attempt });
  if (state.lease && state.lease.expiresAt > now) return decide({ verdict: "ack" });
  if (!state.lease && state.readyAt > now) {
    return decide({ verdict: "wait", seconds: Math.ceil((state.readyAt - now) / 1000) });
  }
  if (now - state.readyAt >= stageOf(stage).ttlMs)
    return park({ verdict: "dead" }, stage, expired(stage));
  if (state.attempt >= stageOf(stage).attempts)
    return park({ verdict: "dead" }, stage, attemptLost);
  const attempt = state.attempt + 1;
  return decide({ verdict: "run", attempt }, [
    { type: "started", stage, attempt, lease, inline: false },
  ]);
}

export type CompleteReply = (
  | { verdict: "recorded" | "stale" }
  /** The next stage is the caller's to run at once, under the same lease. */
  | { verdict: "run"; stage: StageName }
) & {
  /** Whether the stage had been redriven: its dead letter is settled. */
  recovered?: boolean;
};

/** A stage that was run together with the one before it, and has finished, too. */
export interface Ahead {
  stage: StageName;
  output: StageOutput;
}

/** What follows a stage that has finished. */
export interface Then {
  /** Whether the caller can run the next stage itself. */
  goOn?: boolean;
  /** The next stage, where it has been run already. */
  ahead?: Ahead | undefined;
}

/**
 * An attempt finished. Refused when it does not hold the lease any more. With `goOn` the caller
 * can run the next stage itself, where the table allows it, or has done so (`ahead`); otherwise its
 * message is sent.
 */
export function complete(
  state: JobState,
  stage: StageName,
  lease: string,
  output: StageOutput,
  now: number,
  { goOn = false, ahead }: Then = {},
): Decision<CompleteReply> {
  if (!holds(state, stage, lease)) return completedBefore(state, stage, lease);
  const completed: EventDraft = { type: "completed", stage, output };
  const recovered = state.redrives > 0;
  const following = nextStage(stage);
  if (!following) return decide({ verdict: "recorded", recovered }, [completed, { type: "done" }]);
  if (!goOn || !stageOf(following).inline) {
    return decide({ verdict: "recorded", recovered }, [completed], atOnce);
  }
  const both: EventDraft[] = [
    completed,
    { type: "started", stage: following, attempt: 1, lease, inline: true },
  ];
  if (ahead?.stage !== following) {
    return decide({ verdict: "run", stage: following, recovered }, both);
  }
  const next = complete(after(state, both, now), following, lease, ahead.output, now, { goOn });
  return { ...next, events: [...both, ...next.events] };
}

/** The state once these events will have been committed. */
const after = (state: JobState, drafts: readonly EventDraft[], now: number): JobState =>
  drafts.reduce((it, draft) => reduce(it, { ...draft, seq: it.nextSeq, at: now }) ?? it, state);

/** Said again, when the reply was lost, a completion has the same answer; a late one has no effect. */
function completedBefore(
  state: JobState,
  stage: StageName,
  lease: string,
): Decision<CompleteReply> {
  return nextStage(stage) === state.stage && holds(state, state.stage, lease)
    ? decide({ verdict: "run", stage: state.stage, recovered: state.redrives > 0 })
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

/** Whether an attempt is the one that runs. */
export const holds = (state: JobState, stage: StageName, lease: string): boolean =>
  state.stage === stage && state.lease?.id === lease;

/** A stage that was never started may have lost its message between the commit and the send. */
const unsent = ({ status, attempt, lease }: JobState): Decision<unknown>["dispatch"] =>
  status !== "parked" && attempt === 0 && !lease ? atOnce : null;
