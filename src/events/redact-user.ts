import { z } from "zod";
import { readHour, writeHour } from "./archived-hour.ts";
import { redactedData } from "./redacted-event.ts";
import { EventRow, loggedEventOf } from "./logged-event.ts";

const eventsPerCall = 500;
const hoursPerCall = 10;

/**
 * Redacts a user's events in the log and the archive, and deletes the user from the projections' tables.
 * Cursors stay, and so do the fields that the statistics need. The caller adds the user to `erased_users`
 * first, so that no later event enters the log. Idempotent.
 * @returns how much was done; each call does a bounded part, so call it until the result is 0.
 */
export async function redactUser(
  db: D1Database,
  bucket: R2Bucket,
  userId: string,
): Promise<number> {
  // The log comes first, so that the archiver only reads redacted rows from now on.
  return (await redactRows(db, userId)) || (await redactHours(db, bucket, userId));
}

async function redactRows(db: D1Database, userId: string): Promise<number> {
  const { results } = await db
    .prepare("SELECT * FROM events WHERE user_id = ? ORDER BY cursor LIMIT ?")
    .bind(userId, eventsPerCall)
    .all();
  const rows = z.array(EventRow).parse(results);
  const redacted = rows.map((row) => ({
    cursor: row.cursor,
    data: JSON.stringify(redactedData(loggedEventOf(row))),
  }));
  const changes = await db.batch([
    db
      .prepare(
        `UPDATE events SET user_id = NULL, data = new.value ->> 'data'
         FROM json_each(?1) AS new WHERE events.cursor = new.value ->> 'cursor'`,
      )
      .bind(JSON.stringify(redacted)),
    deleteDeadLetters(db, rows),
    // In the same transaction, so that a projection that has read these rows before fails its guard.
    db.prepare("DELETE FROM scan_history WHERE user_id = ?").bind(userId),
    db.prepare("UPDATE scan_audit SET user_id = NULL WHERE user_id = ?").bind(userId),
  ]);
  return changes.reduce((sum, { meta }) => sum + meta.changes, 0);
}

/** A redacted event is not applied again. */
const deleteDeadLetters = (db: D1Database, events: readonly { cursor: number }[]) =>
  db
    .prepare("DELETE FROM dead_letters WHERE cursor IN (SELECT value FROM json_each(?1))")
    .bind(JSON.stringify(events.map(({ cursor }) => cursor)));

async function redactHours(db: D1Database, bucket: R2Bucket, userId: string): Promise<number> {
  const { results } = await db
    .prepare("SELECT key FROM event_archive_users WHERE user_id = ? LIMIT ?")
    .bind(userId, hoursPerCall)
    .all();
  for (const { key } of z.array(z.object({ key: z.string() })).parse(results)) {
    const hour = await readHour(bucket, key);
    const theirs = hour?.events.filter(({ user_id }) => user_id === userId) ?? [];
    const events = hour?.events.map((event) =>
      event.user_id === userId
        ? Object.assign({}, event, { user_id: null, data: redactedData(event) })
        : event,
    );
    // Another writer was first. The next call reads what it wrote.
    if (events && theirs.length > 0 && !(await writeHour(bucket, key, events, hour))) continue;
    await db.batch([
      deleteDeadLetters(db, theirs),
      db.prepare("DELETE FROM event_archive_users WHERE user_id = ? AND key = ?").bind(userId, key),
    ]);
  }
  return results.length;
}
