import { cursorOf, prepare, reasonOf } from "../events/catch-up.ts";
import { EventRow } from "../events/logged-event.ts";
import { projections } from "../events/projections/projections.ts";
import { guardedBatch, isRefusal } from "../platform/guarded-batch.ts";
import { select, sql } from "../platform/sql.ts";
import type { ClaimedOf } from "./dead-letter-store.ts";

/** Settles the dead letter, unless another redrive was faster or the event was redacted since. */
const guard = `
INSERT INTO event_readers (name, cursor)
VALUES (?1, CASE WHEN EXISTS (
  SELECT 1 FROM dead_letters AS dead JOIN events USING (cursor)
  WHERE dead.id = ?2 AND dead.status IN ('parked', 'redriving') AND events.user_id IS ?3)
  THEN ${cursorOf("?1")} END)
ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor`;

/**
 * Applies an event to its projection once more, in one transaction with its dead letter.
 * @returns `parked`, with the new reason, when the projection refuses it again; null when it is settled.
 */
export async function applyAgain(
  db: D1Database,
  { id, source, cursor }: ClaimedOf<"projection">,
): Promise<"parked" | "archived" | null> {
  const projection = projections.find(({ name }) => name === source);
  if (!projection) return "archived";
  const [event] = await select(db, EventRow)`SELECT * FROM events WHERE cursor = ${cursor}`;
  if (!event) return parkedFor(db, id, "The event is archived: restore its hour, then redrive.");
  const { statements, unapplied } = prepare(db, projection, [event]);
  if (unapplied.length > 0) {
    await db.batch(unapplied);
    return "parked";
  }
  try {
    await guardedBatch(db, "event_readers.cursor", [
      db.prepare(guard).bind(source, id, event.user_id),
      sql(db)`
        UPDATE dead_letters SET status = 'recovered', last_seen_at = ${Date.now()} WHERE id = ${id}`,
      ...statements,
    ]);
    return null;
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return parkedFor(db, id, reasonOf(error));
  }
}

async function parkedFor(db: D1Database, id: string, reason: string): Promise<"parked"> {
  await sql(db)`UPDATE dead_letters SET error_message = ${reason} WHERE id = ${id}`.run();
  return "parked";
}
