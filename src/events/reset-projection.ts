import { z } from "zod";
import { auditStatement } from "../ops-audit.ts";
import { projections } from "./projections/projections.ts";
import type { Projection } from "./projections/projection.ts";
import { guardedBatch } from "../platform/guarded-batch.ts";
import { raw, select, sql } from "../platform/sql.ts";

/** The archived hours of which the log lacks an event. */
const missing = raw(`
SELECT archive.key FROM event_archives AS archive
WHERE archive.events > (
  SELECT count(*) FROM events
  WHERE cursor BETWEEN archive.first_cursor AND archive.last_cursor
    AND at >= archive.hour AND at < archive.hour + 3600000)`);

/**
 * Deletes all that a projection has written and sets its cursor to the beginning of the log, in one
 * transaction with the audit entry.
 * @returns false, with nothing changed, while a part of the log is archived.
 */
export async function resetProjection(
  db: D1Database,
  { name, reset }: Projection,
  { by, why }: { by: string; why: string },
): Promise<boolean> {
  return guardedBatch(db, "event_readers.cursor", [
    sql(db)`
      INSERT INTO event_readers (name, cursor, updated_at)
      VALUES (${name}, CASE WHEN NOT EXISTS (${missing}) THEN 0 END, ${Date.now()})
      ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, updated_at = excluded.updated_at`,
    db.prepare(reset),
    sql(db)`DELETE FROM dead_letters WHERE kind = 'projection' AND source = ${name}`,
    auditStatement(db, { by, action: "projection.rebuild", target: name, detail: { why } }),
  ]);
}

/** The archived hours to restore before a projection can be rebuilt: the first, the last, how many. */
export async function missingHours(db: D1Database) {
  const row = await sql(db)`
    SELECT min(hour) AS first, max(hour) AS last, count(*) AS hours
    FROM event_archives WHERE key IN (${missing})`.first();
  return z
    .object({ first: z.int().nullable(), last: z.int().nullable(), hours: z.int() })
    .parse(row);
}

export const ProjectionStatus = z.object({
  name: z.string(),
  cursor: z.int(),
  head: z.int(),
  lag: z.int(),
  dead_letters: z.int(),
  updated_at: z.int(),
});

/** Each projection's cursor, the head of the log, and how many events lie between them. */
export async function projectionStatuses(db: D1Database) {
  const names = JSON.stringify(projections.map(({ name }) => name));
  return select(db, ProjectionStatus)`
    SELECT name, cursor, updated_at,
      coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0) AS head,
      (SELECT count(*) FROM events WHERE events.cursor > projection.cursor) AS lag,
      (SELECT count(*) FROM dead_letters WHERE kind = 'projection' AND source = projection.name
         AND status IN ('parked', 'redriving')) AS dead_letters
    FROM (SELECT value AS name, coalesce(event_readers.cursor, 0) AS cursor,
            coalesce(updated_at, 0) AS updated_at
          FROM json_each(${names}) LEFT JOIN event_readers ON event_readers.name = value) AS projection`;
}
