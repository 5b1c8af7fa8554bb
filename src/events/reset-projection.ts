import { z } from "zod";
import { auditStatement } from "../ops-audit.ts";
import { projections } from "./projections/projections.ts";
import type { Projection } from "./projections/projection.ts";
import { raw, select, sql } from "../platform/sql.ts";
import { head } from "./log-head.ts";

/**
 * Deletes all that a projection has written and sets its cursor to the beginning of the log, in one
 * transaction with the audit entry.
 */
export async function resetProjection(
  db: D1Database,
  { name, reset }: Projection,
  { by, why }: { by: string; why: string },
): Promise<void> {
  await db.batch([
    sql(db)`
      INSERT INTO event_readers (name, cursor, updated_at) VALUES (${name}, 0, ${Date.now()})
      ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, updated_at = excluded.updated_at`,
    db.prepare(reset),
    sql(db)`DELETE FROM dead_letters WHERE kind = 'projection' AND source = ${name}`,
    auditStatement(db, { by, action: "projection.rebuild", target: name, detail: { why } }),
  ]);
}

export const ProjectionStatus = z.object({
  name: z.string(),
  cursor: z.int(),
  head: z.int(),
  lag: z.int(),
  dead_letters: z.int(),
  updated_at: z.int(),
});

/** The log has no gaps: the events after a cursor are counted by their cursors. */
const lag = `max(0, ${head} - cursor)`;

/** Each projection's cursor, the head of the log, and how many events lie between them. */
export async function projectionStatuses(db: D1Database) {
  const names = JSON.stringify(projections.map(({ name }) => name));
  return select(db, ProjectionStatus)`
    SELECT name, cursor, updated_at, ${raw(head)} AS head, ${raw(lag)} AS lag,
      (SELECT count(*) FROM dead_letters WHERE kind = 'projection' AND source = projection.name
         AND status IN ('parked', 'redriving')) AS dead_letters
    FROM (SELECT value AS name, coalesce(event_readers.cursor, 0) AS cursor,
            coalesce(updated_at, 0) AS updated_at
          FROM json_each(${names}) LEFT JOIN event_readers ON event_readers.name = value) AS projection`;
}
