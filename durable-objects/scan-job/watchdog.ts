import { trackJob, untrackJob } from "../../src/cron/open-jobs.ts";
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

/** The job that a watchdog looks after. */
export interface WatchedJob {
  log: EventLog;
  apply(decision: Decision<unknown>): Promise<unknown>;
  /** Publishes the outbox; false when something failed. */
  publish(): Promise<boolean>;
  /** Deletes all that the object holds. */
  purge(): Promise<void>;
}

const checked = "checked";

/** A job's alarm: it recovers what was lost, publishes what was not, and purges the job at its end. */
export function watchdog(storage: DurableObjectStorage, { DB }: Env, job: WatchedJob) {
  /** Sets the alarm to the next check of the job as it is now. */
  function arm() {
    const { state } = job.log;
    const nextAt = state && watchdogCheck(state, Date.now()).reply.nextAt;
    if (nextAt !== null) void storage.setAlarm(nextAt);
  }

  async function check(): Promise<typeof checked | NotFound> {
    const { state } = job.log;
    if (!state) return notFound;
    const now = Date.now();
    const decision = watchdogCheck(state, now);
    const { nextAt } = decision.reply;
    // A fired alarm is used up: the next one commits together with the decision. It is near, so that
    // effects which cannot be published now are published then.
    const soon = now + checkEveryMs;
    void storage.setAlarm(Math.min(nextAt ?? soon, soon));
    if (nextAt === null) return purge(state, now);
    await job.apply(decision);
    if ((await job.publish()) && nextAt > soon) arm();
    // The job may have been erased in the meantime.
    if (job.log.state) await track(job.log.state);
    return checked;
  }

  /** Purges an ended job once its effects are published; a week is long enough for that. */
  async function purge(state: JobState, now: number): Promise<typeof checked> {
    const { jobId, submittedAt, endedAt } = state;
    const ended = endedAt ?? now;
    if (!(await job.publish()) && now - ended < parkedMs) return checked;
    await job.purge();
    if (ended - submittedAt >= checkEveryMs) await untrack(jobId);
    return checked;
  }

  /** Tracks a job that is open for longer than usual, so that cron finds it when it is overdue. */
  async function track({ jobId, endedAt }: JobState) {
    if (endedAt !== null) return untrack(jobId);
    const alarmAt = await storage.getAlarm();
    await attempt(jobId, () => trackJob(DB, jobId, alarmAt ?? Date.now()));
  }

  const untrack = (jobId: string) => attempt(jobId, () => untrackJob(DB, jobId));

  return { arm, check, untrack };
}

/** The list of open jobs is a second line of defence: the job goes on without it. */
async function attempt(job: string, write: () => Promise<void>) {
  try {
    await write();
  } catch (error) {
    log("warn", "job.not_tracked", { job, error: String(error) });
  }
}
