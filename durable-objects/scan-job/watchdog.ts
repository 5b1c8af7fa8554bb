import { z } from "zod";
import { trackedAs, trackJob, untrackJob } from "../../src/cron/open-jobs.ts";
import type { Decision } from "../../src/pipeline/decisions/decision.ts";
import {
  checkEveryMs,
  parkedMs,
  watchdogCheck,
} from "../../src/pipeline/decisions/watchdog-check.ts";
import type { JobState } from "../../src/pipeline/job.ts";
import { type NotFound, notFound } from "../../src/pipeline/refusals.ts";
import { log } from "../../src/platform/log.ts";
import type { EventLog } from "./event-log.ts";
import type { IdempotencyRecord } from "./idempotency-record.ts";

/** The job that a watchdog looks after. */
export interface WatchedJob {
  log: EventLog;
  apply(decision: Decision<unknown>): Promise<unknown>;
  /** Publishes the outbox, or the effects of all events after a seq; false when something failed. */
  publish(after?: number): Promise<boolean>;
  /** Deletes the job. */
  purge(): Promise<void>;
  /** What is left of it when it is purged. */
  record: IdempotencyRecord;
}

/** Before the first seq. */
const beforeAll = -1;
const checked = "checked";
const trackedKey = "tracked";
/** How a job was tracked last, and until when that holds, Unix ms. */
const Tracked = z.object({ until: z.number(), as: z.string() });
/** How long a tracked job need not be tracked again, so that one that waits writes seldom to D1, ms. */
const trackedMs = 5 * 60_000;

/** A job's alarm: it recovers what was lost, publishes what was not, and purges the job at its end. */
export function watchdog(storage: DurableObjectStorage, { DB }: Env, job: WatchedJob) {
  /**
   * Sets the alarm to the next check of the job as it is now; soon, while it has effects that are not
   * published. The only place that does so: it commits together with the turn's events.
   */
  function arm() {
    const { state, publishedSeq } = job.log;
    if (!state) return armExpiry();
    const now = Date.now();
    const { events, reply } = watchdogCheck(state, now);
    // Only the check itself carries its decision out.
    const nextAt = events.length > 0 ? now : (reply.nextAt ?? now);
    const isPublished = publishedSeq === state.nextSeq - 1;
    void storage.setAlarm(isPublished ? nextAt : Math.min(nextAt, now + checkEveryMs));
  }

  function armExpiry() {
    const at = job.record.expiry();
    if (at !== null) void storage.setAlarm(at);
  }

  /** Deletes what is left of a purged job, when that has expired. An alarm may come early. */
  async function expire(): Promise<NotFound> {
    if (job.record.read()) armExpiry();
    else if (job.record.expiry() !== null) await storage.deleteAll();
    return notFound;
  }

  async function check(): Promise<typeof checked | NotFound> {
    const { state } = job.log;
    if (!state) return expire();
    const now = Date.now();
    const decision = watchdogCheck(state, now);
    // A fired alarm is used up: should this check die, the next one is soon.
    void storage.setAlarm(now + checkEveryMs);
    if (decision.reply.nextAt === null) return purge(state, now);
    await job.apply(decision);
    await job.publish();
    // The job may have been erased, or changed by another call, in the meantime.
    arm();
    if (job.log.state) await track(job.log.state);
    return checked;
  }

  /**
   * Purges an ended job once its effects are published; a week is long enough for that. They are all published
   * once more, in case a queue lost a message of them.
   */
  async function purge(state: JobState, now: number): Promise<typeof checked> {
    const { jobId, submittedAt, endedAt } = state;
    const ended = endedAt ?? now;
    if (!(await job.publish(beforeAll)) && now - ended < parkedMs) return checked;
    // The job may have been erased, and submitted anew, in the meantime.
    if (job.log.state !== state) return checked;
    await job.purge();
    if (ended - submittedAt >= checkEveryMs) await untrack(jobId);
    return checked;
  }

  /** Tracks a job that is open for longer than usual, so that cron finds it when it is overdue. */
  async function track(state: JobState) {
    const { jobId, endedAt } = state;
    if (endedAt !== null) return untrack(jobId);
    const now = Date.now();
    const latest = now + trackedMs;
    const alarmAt = (await storage.getAlarm()) ?? now;
    const { success, data: last } = Tracked.safeParse(storage.kv.get(trackedKey));
    const as = trackedAs(state, now);
    if (success && last.as === as && alarmAt <= last.until && last.until <= latest) return;
    const until = Math.max(alarmAt, latest);
    await attempt(jobId, async () => {
      await trackJob(DB, state, until);
      // The job may have been erased in the meantime.
      if (job.log.state?.jobId === jobId) storage.kv.put(trackedKey, { until, as });
      else await untrackJob(DB, jobId);
    });
  }

  const untrack = (jobId: string) => attempt(jobId, () => untrackJob(DB, jobId));

  /** A job has ended and is published: the list of open jobs is without it from now on. */
  async function release() {
    const { state } = job.log;
    if (!state || storage.kv.get(trackedKey) === undefined) return;
    storage.kv.delete(trackedKey);
    await untrack(state.jobId);
  }

  return { arm, check, expire, release, untrack };
}

/** The list of open jobs is a second line of defence: the job goes on without it. */
async function attempt(job: string, write: () => Promise<void>) {
  try {
    await write();
  } catch (error) {
    log("warn", "job.not_tracked", { job, error: String(error) });
  }
}
