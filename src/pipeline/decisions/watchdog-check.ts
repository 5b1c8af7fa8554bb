import type { JobState } from "../job.ts";
import { stageOf, stages } from "../stages/stage-table.ts";
import {
  atOnce,
  attemptLost,
  decide,
  type Decision,
  expired,
  messageLost,
  parked,
} from "./decision.ts";

/** How long an ended job stays readable, ms. */
const retentionMs = 60 * 60 * 1000;
/** How long a parked job waits for a redrive before it fails for good, ms. */
export const parkedMs = 7 * 24 * 60 * 60 * 1000;
/** How often a parked job sends its dead letter again, in case the first was lost, ms. */
const parkedCheckMs = 60 * 60 * 1000;
/** The longest time between two checks of a running job, ms. */
export const checkEveryMs = Math.min(...stages.map(({ leaseMs }) => leaseMs));

/** What the watchdog decides, and when it checks again: Unix ms, or null to purge the job. */
export function watchdogCheck(state: JobState, now: number): Decision<{ nextAt: number | null }> {
  if (state.endedAt !== null) {
    const purgeAt = state.endedAt + retentionMs;
    return decide({ nextAt: now < purgeAt ? purgeAt : null });
  }
  if (state.parkedAt !== null) return checkParked(state, state.parkedAt, now);
  const at = overdueAt(state);
  return now < at ? decide({ nextAt: Math.min(at, now + checkEveryMs) }) : recover(state, now);
}

function checkParked(
  { stage, error }: JobState,
  parkedAt: number,
  now: number,
): Decision<{ nextAt: number }> {
  const archiveAt = parkedAt + parkedMs;
  if (now >= archiveAt) {
    return decide({ nextAt: now + retentionMs }, [
      { type: "failed", stage, error: error ?? attemptLost, calls: [] },
      { type: "done" },
    ]);
  }
  const nextAt = Math.min(archiveAt, now + parkedCheckMs);
  return decide({ nextAt }, [], now - parkedAt >= parkedCheckMs ? atOnce : null);
}

/** The lease ran out, or the message was lost: sends another, or parks the job. */
function recover(state: JobState, now: number): Decision<{ nextAt: number }> {
  const { stage, attempt, lease } = state;
  const { attempts, ttlMs } = stageOf(stage);
  if (lease ? attempt >= attempts : now - state.readyAt >= ttlMs) {
    const event = parked(stage, lease ? attemptLost : expired(stage));
    // No message is left: one is sent, so that it reaches the dead-letter queue.
    return decide({ nextAt: now + parkedCheckMs }, [event], atOnce);
  }
  const error = lease ? attemptLost : messageLost;
  return decide(
    { nextAt: now + checkEveryMs },
    [{ type: "retrying", stage, attempt, error, retryAt: now, countsAsAttempt: true, calls: [] }],
    atOnce,
  );
}

/**
 * When the lease runs out, the message counts as lost, or the stage has waited too long, Unix ms. The
 * wait for a message doubles with each that was sent, so that a backlog does not grow.
 */
function overdueAt({ lease, stage, readyAt, dispatchedAt, dispatches }: JobState): number {
  if (lease) return lease.expiresAt;
  const { leaseMs, ttlMs } = stageOf(stage);
  return Math.min(dispatchedAt + leaseMs * 2 ** dispatches, readyAt + ttlMs);
}
