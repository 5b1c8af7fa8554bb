import { z } from "zod";
import { cursorOf, prepare, reasonOf } from "../events/catch-up.ts";
import { EventRow } from "../events/logged-event.ts";
import type { Projection } from "../events/projections/projection.ts";
import { guardedBatch, isRefusal } from "../platform/guarded-batch.ts";

const shown = 100;

export const Letter = z.object({
  cursor: z.int(),
  error: z.string(),
  at: z.int(),
  job_id: z.string().nullable(),
  seq: z.int().nullable(),
  type: z.string().nullable(),
});

/** The first hundred events that a reader could not apply, after a cursor. One without a type is archived. */
export async function readerLetters(db: D1Database, { name }: Projection, after = 0) {
  const { results } = await db
    .prepare(
      `SELECT letter.cursor, letter.error, letter.at, event.job_id, event.seq, event.type
       FROM reader_dead_letters AS letter LEFT JOIN events AS event USING (cursor)
       WHERE letter.reader = ? AND letter.cursor > ? ORDER BY letter.cursor LIMIT ?`,
    )
    .bind(name, after, shown)
    .all();
  return z.array(Letter).parse(results);
}

/**
 * Applies the first hundred letters once more after a cursor, each by itself. Those that the reader
 * still refuses stay with their new reason, and so do those whose events are archived.
 */
export async function retryLetters(db: D1Database, reader: Projection, after = 0) {
  const letters = await readerLetters(db, reader, after);
  const count = { applied: 0, refused: 0, archived: 0 };
  for (const { cursor } of letters) {
    const row = await db.prepare("SELECT * FROM events WHERE cursor = ?").bind(cursor).first();
    count[row ? await retry(db, reader, EventRow.parse(row)) : "archived"]++;
  }
  return { ...count, next: letters.length === shown ? (letters.at(-1)?.cursor ?? null) : null };
}

async function retry(db: D1Database, reader: Projection, row: EventRow) {
  const { statements, letters } = prepare(db, reader, [row]);
  const forget = db.prepare("DELETE FROM reader_dead_letters WHERE reader = ? AND cursor = ?");
  try {
    const isFirst = await guardedBatch(db, "event_readers.cursor", [
      stillThere(db, reader, row),
      forget.bind(reader.name, row.cursor),
      ...statements,
      ...letters,
    ]);
    return isFirst && letters.length > 0 ? "refused" : "applied";
  } catch (error) {
    if (!isRefusal(error)) throw error;
    await db
      .prepare("UPDATE reader_dead_letters SET error = ?3 WHERE reader = ?1 AND cursor = ?2")
      .bind(reader.name, row.cursor, reasonOf(error))
      .run();
    return "refused";
  }
}

/** Stops its batch when the letter is gone, or its event was redacted since. */
function stillThere(db: D1Database, { name }: Projection, { cursor, user_id }: EventRow) {
  return db
    .prepare(
      `INSERT INTO event_readers (name, cursor)
       VALUES (?1, CASE WHEN EXISTS (
         SELECT 1 FROM reader_dead_letters JOIN events USING (cursor)
         WHERE reader = ?1 AND cursor = ?2 AND user_id IS ?3) THEN ${cursorOf("?1")} END)
       ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor`,
    )
    .bind(name, cursor, user_id);
}
