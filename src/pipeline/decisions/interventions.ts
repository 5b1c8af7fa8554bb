import type { PauseRequest } from "../control.ts";
import type { Failure } from "../errors.ts";
import type { Confirmed } from "../job-events.ts";
import { isTerminal, type JobState } from "../job.ts";
import { type NotFound, notFound } from "../refusals.ts";
import { endedBySteps, rewardRefusalOf } from "../reward-refusal.ts";
import { isBefore, type StageName, stageOf } from "../stages/stage-table.ts";
import { atOnce, attemptLost, decide, type Decision, expired, parked } from "./decision.ts";
import { retentionMs } from "./watchdog-check.ts";

/**
 * A dead letter of `stage` arrived, from before the job had more than `redrives` redrives. A stage that has
 * moved on, was redriven since, or runs, is not parked. One that the queue gave up with attempts left is sent
 * again.
 */
export function park(
  state: JobState,
  stage: StageName,
  redrives: number,
  now: number,
): Decision<"parked" | "moved-on"> {
  const isLate = state.redrives !== redrives || state.stage !== stage;
  if (isLate || isTerminal(state)) return decide("moved-on");
  if (state.status === "parked") return decide("parked");
  if (state.lease && state.lease.expiresAt > now) return decide("moved-on");
  const { attempts, ttlMs } = stageOf(stage);
  if (now - state.readyAt >= ttlMs) return decide("parked", [parked(stage, expired(stage))]);
  if (state.attempt < attempts) return decide("moved-on", [], atOnce);
  return decide("parked", [parked(stage, state.error ?? attemptLost, state.provider)]);
}

/** The state of a job that was to be redriven. */
export type ResumeReply =
  /** It runs again because of this decision. */
  | "resumed"
  /** It runs because of another decision. */
  | "running"
  /** This decision was carried out, and the job was parked again. */
  | "parked"
  /** The stage is done. */
  | "recovered"
  /** The job failed for good. */
  | "failed"
  | "cancelled";

/**
 * Gives a parked stage a fresh budget of attempts, or goes back to a stage before it (`from`). The
 * checkpoints of earlier stages are kept. The same decision is carried out once. Only automatic redrives
 * are limited.
 */
export function resume(
  state: JobState,
  stage: StageName,
  decision: string,
  { from = stage, automatic = false }: { from?: StageName | undefined; automatic?: boolean } = {},
): Decision<ResumeReply> {
  const { status } = state;
  if (status === "completed") return decide("recovered");
  if (status === "failed" || status === "cancelled") return decide(status);
  if (isBefore(stage, state.stage)) return decide("recovered");
  if (state.status !== "parked" || state.stage !== stage) return decide("running");
  if (state.redrivenBy === decision) return decide("parked");
  return decide("resumed", [{ type: "resumed", stage: from, decision, automatic }], atOnce);
}

/** Fails a parked job for good. An ended job stays as it is. */
export function archive(state: JobState, error: Failure): Decision<"archived" | "not-parked"> {
  if (isTerminal(state)) return decide("archived");
  if (state.status !== "parked") return decide("not-parked");
  return decide("archived", [
    { type: "failed", stage: state.stage, error, calls: [] },
    { type: "done" },
  ]);
}

/** How early a queue may deliver a delayed message, ms. */
const earlyMs = 2_000;

/** The stage is paused: its message is sent again later, and no attempt is used up. */
export function postpone(
  state: JobState,
  stage: StageName,
  until: number,
  { reason, notice = null }: Pick<PauseRequest, "reason" | "notice">,
  now: number,
): Decision<"postponed" | "moved-on"> {
  const waits = state.stage === stage && !isTerminal(state) && state.status !== "parked";
  // A message that was sent for later replaces this one.
  if (!waits || state.lease || state.dispatchedAt > now + earlyMs) return decide("moved-on");
  // The pause may have ended while the consumer called.
  const delaySeconds = Math.max(0, Math.ceil((until - now) / 1000));
  return decide("postponed", [{ type: "postponed", stage, until, reason, notice }], {
    delaySeconds,
  });
}

/** What a resident chose, and how. */
export type Choice = Omit<Confirmed, "seq" | "at" | "type">;

/** The same choice again is `confirmed`, too. */
export type ConfirmReply = "confirmed" | "confirmed-otherwise" | "not-ended" | "nothing-to-confirm";

/**
 * The resident confirms or corrects the class of a completed scan, once, while its result can be read: the job
 * goes on from the stage behind the first, whose output was paid for and stays.
 */
export function confirm(
  state: JobState,
  choice: Choice,
  now: number,
): Decision<ConfirmReply | NotFound> {
  if (state.confirmation) {
    const { by, classification } = state.confirmation;
    const same = JSON.stringify([by, classification]);
    const chosen = JSON.stringify([choice.by, choice.classification]);
    return decide(same === chosen ? "confirmed" : "confirmed-otherwise");
  }
  if (state.endedAt === null) return decide("not-ended");
  if (now - state.endedAt >= retentionMs) return decide(notFound);
  const isOpen = state.status === "completed" && state.checkpoints.vision?.candidates.length;
  if (!isOpen) return decide("nothing-to-confirm");
  return decide("confirmed", [{ type: "confirmed", ...choice }], atOnce);
}

/** The same again is `finished`, too. */
export type FinishReply = "finished" | "not-ended" | "nothing-to-finish";

/**
 * The resident has done the steps that a completed scan without a character left to do: the job goes on at its last
 * stage, while its result can be read. Nothing is paid for again.
 */
export function finishSteps(state: JobState, now: number): Decision<FinishReply | NotFound> {
  if (state.stepsDone) return decide("finished");
  if (state.endedAt === null) return decide("not-ended");
  if (now - state.endedAt >= retentionMs) return decide(notFound);
  const isOpen =
    state.status === "completed" && endedBySteps.includes(rewardRefusalOf(state.checkpoints));
  if (!isOpen) return decide("nothing-to-finish");
  return decide("finished", [{ type: "steps_done" }], atOnce);
}

/** Ends a job for its user. An ended job stays as it is: the reply is whether it was open. */
export function cancel(state: JobState): Decision<boolean> {
  if (isTerminal(state)) return decide(false);
  return decide(true, [{ type: "cancelled", stage: state.stage }, { type: "done" }]);
}
