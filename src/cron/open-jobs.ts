/** Notes that a job is open, and when its alarm fires next, Unix ms. */
export async function trackJob(db: D1Database, jobId: string, wakesAt: number): Promise<void> {
  await db
    .prepare(
      "INSERT INTO open_jobs VALUES (?, ?) ON CONFLICT (job_id) DO UPDATE SET wakes_at = excluded.wakes_at",
    )
    .bind(jobId, wakesAt)
    .run();
}

export async function untrackJob(db: D1Database, jobId: string): Promise<void> {
  await db.prepare("DELETE FROM open_jobs WHERE job_id = ?").bind(jobId).run();
}

/** Jobs whose alarm was due before `before`, Unix ms, the oldest first. */
export async function overdueJobs(
  db: D1Database,
  before: number,
  limit: number,
): Promise<string[]> {
  const { results } = await db
    .prepare("SELECT job_id FROM open_jobs WHERE wakes_at < ? ORDER BY wakes_at LIMIT ?")
    .bind(before, limit)
    .all<{ job_id: string }>();
  return results.map(({ job_id }) => job_id);
}
