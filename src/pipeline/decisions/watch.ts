import type { EventDraft } from "../events.ts";
import type { JobState } from "../job.ts";
import { stageOf, stages } from "../stages/stage-table.ts";
import { atOnce, attemptLost, decide, type Decision, expired, messageLost } from "./decision.ts";

/** How long an ended job stays readable, and a parked one waits to be redriven. */
const keptMs = 60 * 60 * 1000;
export const parkedMs = 7 * 24 * 60 * 60 * 1000;
/** How often a parked job sends its dead letter again, in case it was lost on its way. */
const remindMs = 60 * 60 * 1000;
/** How long a job can be forgotten before its object looks after it. */
export const watchMs = Math.min(...stages.map(({ leaseMs }) => leaseMs));

/** What the watchdog finds: the events it decided, and when it looks again, or null to purge. */
export function watch(state: JobState, now: number): Decision<{ wakeAt: number | null }> {
  if (state.endedAt !== null) {
    return decide({ wakeAt: now < state.endedAt + keptMs ? state.endedAt + keptMs : null });
  }
  if (state.parkedAt !== null) {
    const archiveAt = state.parkedAt + parkedMs;
    if (now < archiveAt) {
      const reminds = now - state.parkedAt >= remindMs;
      const wakeAt = Math.min(archiveAt, now + remindMs);
      return decide({ wakeAt }, [], reminds ? atOnce : null);
    }
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
    const error = lease ? attemptLost : expired(stage);
    // Nobody holds a message: one is sent, so that it takes the road to the dead letters.
    return decide(
      { wakeAt: now + remindMs },
      [{ type: "parked", stage, error, calls: [] }],
      atOnce,
    );
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
