/** Lists a job with when it wakes up next, Unix ms. */
export async function listOpen(db: D1Database, jobId: string, wakesAt: number): Promise<void> {
  await db
    .prepare(
      "INSERT INTO open_jobs VALUES (?, ?) ON CONFLICT (job_id) DO UPDATE SET wakes_at = excluded.wakes_at",
    )
    .bind(jobId, wakesAt)
    .run();
}

export async function unlist(db: D1Database, jobId: string): Promise<void> {
  await db.prepare("DELETE FROM open_jobs WHERE job_id = ?").bind(jobId).run();
}

/** Jobs that should have been awake by `before`, the longest asleep first. */
export async function overslept(db: D1Database, before: number, limit: number): Promise<string[]> {
  const { results } = await db
    .prepare("SELECT job_id FROM open_jobs WHERE wakes_at < ? ORDER BY wakes_at LIMIT ?")
    .bind(before, limit)
    .all<{ job_id: string }>();
  return results.map(({ job_id }) => job_id);
}
