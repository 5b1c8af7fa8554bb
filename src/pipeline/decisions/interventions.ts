import type { Failure } from "../errors.ts";
import type { EventDraft } from "../events.ts";
import { isTerminal, type JobState } from "../job.ts";
import { isBefore, type StageName } from "../stages/stage-table.ts";
import { atOnce, attemptLost, decide, type Decision, park } from "./decision.ts";

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

/** What became of a job that was to be redriven. */
export type ResumeReply =
  /** It runs again, from this decision on. */
  | "resumed"
  /** It runs, whoever brought it there. */
  | "running"
  /** This decision was carried out, and it was parked again. */
  | "parked"
  /** The stage is done. */
  | "recovered"
  /** It failed for good, or was cancelled. */
  | "ended";

/**
 * Gives a parked stage a fresh budget, or goes back to one before it (`from`); what earlier stages
 * have paid for is kept. The same decision is carried out once.
 */
export function resume(
  state: JobState,
  stage: StageName,
  decision: string,
  from: StageName = stage,
): Decision<ResumeReply> {
  if (isTerminal(state)) return decide(state.status === "completed" ? "recovered" : "ended");
  if (isBefore(stage, state.stage)) return decide("recovered");
  if (state.status !== "parked" || state.stage !== stage) return decide("running");
  if (state.redrivenBy === decision) return decide("parked");
  return decide("resumed", [{ type: "resumed", stage: from, decision }], atOnce);
}

/** Gives up a parked job for good. An ended job stays as it is. */
export function archive(state: JobState, error: Failure): Decision<"archived" | "not-parked"> {
  if (isTerminal(state)) return decide("archived");
  if (state.status !== "parked") return decide("not-parked");
  const failed: EventDraft = { type: "failed", stage: state.stage, error, calls: [] };
  return decide("archived", [failed, { type: "done" }]);
}

const earlyMs = 2_000;

/** The stage is paused: its message is sent again later, and uses up no attempt. */
export function postpone(
  state: JobState,
  stage: StageName,
  until: number,
  reason: string,
  now: number,
): Decision<null> {
  const waits = state.stage === stage && !isTerminal(state) && state.status !== "parked";
  // Whoever was here before has sent the message that counts; queues may be a little early.
  if (!waits || state.lease || state.dispatchedAt > now + earlyMs) return decide(null);
  const delaySeconds = Math.ceil((until - now) / 1000);
  return decide(null, [{ type: "postponed", stage, until, reason }], { delaySeconds });
}

/** Ends a job that has not ended. */
export function cancel(state: JobState): Decision<null> {
  if (isTerminal(state)) return decide(null);
  return decide(null, [{ type: "cancelled", stage: state.stage }, { type: "done" }]);
}
