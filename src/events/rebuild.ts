import { z } from "zod";
import { auditStatement } from "../ops-audit.ts";
import { readers } from "./readers/index.ts";
import type { Reader } from "./readers/reader.ts";
import { guardedBatch } from "../platform/guarded-batch.ts";

/** An archived hour that the log does not hold in full, by its events' places. */
const missing = `
SELECT archive.key FROM event_archives AS archive
WHERE archive.events > (
  SELECT count(*) FROM events
  WHERE cursor BETWEEN archive.first_cursor AND archive.last_cursor
    AND at >= archive.hour AND at < archive.hour + 3600000)`;

/**
 * Makes a reader forget everything and start from the beginning of the log, in one transaction with
 * the note of who wanted it. False, and nothing is changed, while a part of the log is archived.
 */
export async function resetReader(
  db: D1Database,
  { name, reset }: Reader,
  { by, why }: { by: string; why: string },
): Promise<boolean> {
  return guardedBatch(db, "event_readers.cursor", [
    db
      .prepare(
        `INSERT INTO event_readers (name, cursor, updated_at)
           VALUES (?1, CASE WHEN NOT EXISTS (${missing}) THEN 0 END, ?2)
           ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, updated_at = excluded.updated_at`,
      )
      .bind(name, Date.now()),
    db.prepare(reset),
    db.prepare("DELETE FROM reader_dead_letters WHERE reader = ?").bind(name),
    auditStatement(db, { by, action: "reader.rebuild", target: name, detail: { why } }),
  ]);
}

/** The hours that are to be restored before a reader can be rebuilt: the first, the last, how many. */
export async function missingHours(db: D1Database) {
  const row = await db
    .prepare(`SELECT min(hour) AS first, max(hour) AS last, count(*) AS hours
              FROM event_archives WHERE key IN (${missing})`)
    .first();
  return z
    .object({ first: z.int().nullable(), last: z.int().nullable(), hours: z.int() })
    .parse(row);
}

export const Position = z.object({
  name: z.string(),
  cursor: z.int(),
  head: z.int(),
  lag: z.int(),
  dead_letters: z.int(),
  updated_at: z.int(),
});

/** How far each reader is: its cursor, the log's last, and how many events lie between. */
export async function readerPositions(db: D1Database) {
  const { results } = await db
    .prepare(
      `SELECT name, cursor, updated_at,
         coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0) AS head,
         (SELECT count(*) FROM events WHERE events.cursor > reader.cursor) AS lag,
         (SELECT count(*) FROM reader_dead_letters WHERE reader = reader.name) AS dead_letters
       FROM (SELECT value AS name, coalesce(event_readers.cursor, 0) AS cursor,
               coalesce(updated_at, 0) AS updated_at
             FROM json_each(?1) LEFT JOIN event_readers ON event_readers.name = value) AS reader`,
    )
    .bind(JSON.stringify(readers.map(({ name }) => name)))
    .all();
  return z.array(Position).parse(results);
}
