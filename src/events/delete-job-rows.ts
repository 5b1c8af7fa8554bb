import { sql } from "../platform/sql.ts";

/** How long the log knows an ended job after its last event, ms: no copy of a message is on its way longer. */
export const jobRetentionMs = 10 * 24 * 60 * 60 * 1000;

/** Job ids are random: their first two hex digits divide the jobs into equal parts. */
const parts = 256;
const runMs = 5 * 60 * 1000;
const rowsPerStatement = 5_000;
const statementsPerRun = 20;

/**
 * Deletes the rows of ended jobs of which no more events come. A run reads one part of the jobs, as no
 * index has their times: each is read about once a day.
 * @param part which one; by default they take turns.
 */
export async function deleteJobRows(
  db: D1Database,
  part = Math.floor(Date.now() / runMs) % parts,
): Promise<void> {
  const [from, to] = [part, part + 1].map((it) => it.toString(16).padStart(2, "0"));
  const before = Date.now() - jobRetentionMs;
  for (let count = 0; count < statementsPerRun; count++) {
    const { meta } = await sql(db)`
      DELETE FROM event_jobs WHERE job_id IN (
        SELECT job_id FROM event_jobs
        WHERE job_id >= ${from ?? ""} AND job_id < ${part + 1 < parts ? (to ?? "") : "g"}
          AND updated_at < ${before} AND ended = 1
        LIMIT ${rowsPerStatement})`.run();
    if (meta.changes < rowsPerStatement) return;
  }
}
