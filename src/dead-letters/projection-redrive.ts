import { UnreadableArchive } from "../events/archive-object.ts";
import { prepare, reasonOf } from "../events/catch-up.ts";
import { cursorOf } from "../events/log-head.ts";
import { projections } from "../events/projections/projections.ts";
import { type LogStores, readLog } from "../events/read-log.ts";
import { guardedBatch, isRefusal } from "../platform/guarded-batch.ts";
import { raw, sql } from "../platform/sql.ts";
import type { ClaimedOf } from "./dead-letter-store.ts";

/**
 * Applies an event to its projection once more, in one transaction with its dead letter.
 * @returns `parked`, with the new reason, when the projection refuses it again; null when it is settled.
 */
export async function applyAgain(
  stores: LogStores,
  { id, source, cursor }: ClaimedOf<"projection">,
): Promise<"parked" | "archived" | null> {
  const { DB: db } = stores;
  const projection = projections.find(({ name }) => name === source);
  if (!projection) return "archived";
  const page = await readLog(stores, cursor - 1, 1).catch((error: unknown) => {
    if (error instanceof UnreadableArchive) return error;
    throw error;
  });
  if (page instanceof UnreadableArchive) return parkedFor(db, id, page.message);
  const [event] = page.events;
  if (event?.cursor !== cursor) return parkedFor(db, id, "The event is not in the log.");
  const { statements, unapplied } = prepare(db, projection, [event]);
  if (unapplied.length > 0) {
    await db.batch(unapplied);
    return "parked";
  }
  try {
    await guardedBatch(db, "event_readers.cursor", [
      // Settles the dead letter, unless another redrive was faster or the event was redacted since.
      sql(db)`
        INSERT INTO event_readers (name, cursor)
        VALUES (${source}, CASE WHEN ${page.unchanged} AND EXISTS (
          SELECT 1 FROM dead_letters WHERE id = ${id} AND status IN ('parked', 'redriving'))
          THEN ${raw(cursorOf(`'${projection.name}'`))} END)
        ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor`,
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
