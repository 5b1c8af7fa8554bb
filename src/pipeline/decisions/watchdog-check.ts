import type { JobState } from "../job.ts";
import { leaseMs } from "../lease.ts";
import { stageOf } from "../stages/stage-table.ts";
import {
  again,
  atOnce,
  attemptLost,
  crashed,
  decide,
  type Decision,
  expired,
  messageLost,
  parked,
} from "./decision.ts";

/** How long an ended job stays readable, ms. */
export const retentionMs = 60 * 60 * 1000;
/** How long a parked job waits for a redrive before it fails for good, ms. */
export const parkedMs = 7 * 24 * 60 * 60 * 1000;
/** How often a parked job sends its dead letter again, in case the first was lost, ms. */
const parkedCheckMs = 60 * 60 * 1000;
/** The longest time between two checks of a running job, ms. */
export const checkEveryMs = leaseMs;
/** After how long the first message of a stage counts as lost, ms: a backlog makes messages late. */
const messageWaitMs = 15_000;

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
  return decide({ nextAt }, [], now - parkedAt >= parkedCheckMs ? "dead-letter" : null);
}

/** The lease ran out, or the message was lost: sends another, or parks the job. */
function recover(state: JobState, now: number): Decision<{ nextAt: number }> {
  const event = state.lease ? crashed(state, now) : unreceived(state, now);
  return event.type === "parked"
    ? decide({ nextAt: now + parkedCheckMs }, [event])
    : decide({ nextAt: now + checkEveryMs }, [event], atOnce);
}

/** The stage's message was lost, or waited too long. */
function unreceived(state: JobState, now: number) {
  const { stage, readyAt } = state;
  return now - readyAt >= stageOf(stage).ttlMs
    ? parked(stage, expired(stage))
    : again(state, messageLost, "attempt", now);
}

/**
 * When the lease runs out, the message counts as lost, or the stage has waited too long, Unix ms. The
 * wait for a message doubles with each that was sent, so that a backlog does not grow.
 */
function overdueAt({ lease, stage, readyAt, dispatchedAt, dispatches }: JobState): number {
  if (lease) return lease.expiresAt;
  return Math.min(dispatchedAt + messageWaitMs * 2 ** dispatches, readyAt + stageOf(stage).ttlMs);
}
