import { z } from "zod";
import { select, sql } from "../platform/sql.ts";

/** Notes that a job is open, and when its alarm fires next, Unix ms. */
export async function trackJob(db: D1Database, jobId: string, wakesAt: number): Promise<void> {
  await sql(db)`
    INSERT INTO open_jobs VALUES (${jobId}, ${wakesAt})
    ON CONFLICT (job_id) DO UPDATE SET wakes_at = excluded.wakes_at`.run();
}

export async function untrackJob(db: D1Database, jobId: string): Promise<void> {
  await sql(db)`DELETE FROM open_jobs WHERE job_id = ${jobId}`.run();
}

/** Jobs whose alarm was due before `before`, Unix ms, the oldest first. */
export async function overdueJobs(
  db: D1Database,
  before: number,
  limit: number,
): Promise<string[]> {
  const jobs = await select(db, z.object({ job_id: z.string() }))`
    SELECT job_id FROM open_jobs WHERE wakes_at < ${before} ORDER BY wakes_at LIMIT ${limit}`;
  return jobs.map(({ job_id }) => job_id);
}
