import { z } from "zod";
import { guardedBatch } from "../platform/guarded-batch.ts";
import { raw, selectAll, sql } from "../platform/sql.ts";

/** How long the log knows an ended job after its last event, at least, ms: no copy of a message is on its way longer. */
export const jobRetentionMs = 10 * 24 * 60 * 60 * 1000;

/** SQL: a job's last seq in the log; NULL for a job that it does not know. */
export const headOfJob = (job: string): string => `coalesce(
  (SELECT last_seq FROM event_jobs WHERE job_id = ${job}),
  (SELECT last_seq FROM earlier_event_jobs WHERE job_id = ${job}))`;

/** Migrations have the tables first. The recent rows become the earlier ones; those of jobs that have not ended stay recent. */
const turn = [
  `INSERT INTO event_jobs SELECT * FROM earlier_event_jobs WHERE ended = 0 ON CONFLICT DO NOTHING`,
  // A deletion would write a row for each.
  `DROP TABLE earlier_event_jobs`,
  `ALTER TABLE event_jobs RENAME TO earlier_event_jobs`,
  `CREATE TABLE event_jobs (
    job_id TEXT PRIMARY KEY, last_seq INTEGER NOT NULL, ended INTEGER NOT NULL, updated_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID`,
];

/** Forgets, every ten days, the ended jobs that had no event in the ten days before. */
export async function turnJobHeads(db: D1Database): Promise<void> {
  const now = Date.now();
  const due = now - jobRetentionMs;
  const found = await selectAll(db, z.object({ turned_at: z.int() }))`
    SELECT turned_at FROM event_job_turn WHERE turned_at <= ${due}`;
  if (found.length === 0) return;
  // Another run may have been first.
  await guardedBatch(db, "event_job_turn.turned_at", [
    sql(db)`UPDATE event_job_turn SET turned_at = CASE WHEN turned_at <= ${due} THEN ${now} END`,
    ...turn.map((statement) => sql(db)`${raw(statement)}`),
  ]);
}
