import { z } from "zod";
import type { JobState } from "../pipeline/job.ts";
import { listedStatusOf } from "../pipeline/job-status.ts";
import { matchedMunicipality } from "../pipeline/matched-municipality.ts";
import { StageName } from "../pipeline/stages/stage-table.ts";
import { select, sql } from "../platform/sql.ts";

/** What changes while a job is open, and is filtered by: a job that is tracked is tracked anew when it differs. */
export const trackedAs = (state: JobState, now: number): string =>
  [listedStatusOf(state, now), state.stage, state.error?.code ?? "", state.provider ?? ""].join(
    " ",
  );

/** Notes that a job is open, what it is like, and when its alarm fires next, Unix ms. */
export async function trackJob(db: D1Database, state: JobState, wakesAt: number): Promise<void> {
  const { jobId, userId, submittedAt, traceparent, stage, error, provider, request } = state;
  await sql(db)`
    INSERT INTO open_jobs
      (job_id, wakes_at, submitted_at, user_id, trace_id, status, stage, error_code, provider,
        model, region)
    VALUES (${jobId}, ${wakesAt}, ${submittedAt}, ${userId}, ${traceparent.split("-")[1] ?? null},
      ${listedStatusOf(state, Date.now())}, ${stage}, ${error?.code ?? null}, ${provider},
      ${request.model},
      ${matchedMunicipality(request.region)})
    ON CONFLICT (job_id) DO UPDATE SET wakes_at = excluded.wakes_at, status = excluded.status,
      stage = excluded.stage, error_code = excluded.error_code, provider = excluded.provider,
      submitted_at = excluded.submitted_at, user_id = excluded.user_id,
      trace_id = excluded.trace_id, model = excluded.model, region = excluded.region`.run();
}

const OpenCount = z.object({
  stage: StageName,
  waiting: z.int(),
  running: z.int(),
  retrying: z.int(),
});

/** How many jobs wait, run, and are to be tried again at each stage, of those that are open for longer than usual. */
export const countOpenJobs = (db: D1Database) =>
  select(db, OpenCount)`
    SELECT stage, SUM(status = 'waiting') AS waiting, SUM(status = 'running') AS running,
      SUM(status = 'retrying') AS retrying
    FROM open_jobs WHERE stage IS NOT NULL GROUP BY stage`;

export async function untrackJob(db: D1Database, jobId: string): Promise<void> {
  await sql(db)`DELETE FROM open_jobs WHERE job_id = ${jobId}`.run();
}

/**
 * Takes jobs whose alarm was due for so long, the oldest first. They are due anew from now on, so that one that cannot
 * be woken keeps no others from it.
 */
export async function takeOverdueJobs(
  db: D1Database,
  now: number,
  overdueMs: number,
  limit: number,
): Promise<string[]> {
  const jobs = await select(db, z.object({ job_id: z.string() }))`
    UPDATE open_jobs SET wakes_at = ${now} WHERE job_id IN (
      SELECT job_id FROM open_jobs WHERE wakes_at < ${now - overdueMs} ORDER BY wakes_at LIMIT ${limit})
    RETURNING job_id`;
  return jobs.map(({ job_id }) => job_id);
}
