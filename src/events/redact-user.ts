import { z } from "zod";
import { readHour, writeHour } from "./archived-hour.ts";
import { redactedData } from "./redacted-event.ts";
import { EventRow, loggedEventOf } from "./logged-event.ts";
import { select, sql } from "../platform/sql.ts";

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
  const rows = await select(db, EventRow)`
    SELECT * FROM events WHERE user_id = ${userId} ORDER BY cursor LIMIT ${eventsPerCall}`;
  const redacted = rows.map((row) => ({
    cursor: row.cursor,
    data: JSON.stringify(redactedData(loggedEventOf(row))),
  }));
  const changes = await db.batch([
    sql(db)`
      UPDATE events SET user_id = NULL, data = new.value ->> 'data'
      FROM json_each(${JSON.stringify(redacted)}) AS new
      WHERE events.cursor = new.value ->> 'cursor'`,
    deleteDeadLetters(db, rows),
    // In the same transaction, so that a projection that has read these rows before fails its guard.
    sql(db)`UPDATE scan_audit SET user_id = NULL WHERE user_id = ${userId}`,
  ]);
  return changes.reduce((sum, { meta }) => sum + meta.changes, 0);
}

/** A redacted event is not applied again. */
const deleteDeadLetters = (db: D1Database, events: readonly { cursor: number }[]) =>
  sql(db)`DELETE FROM dead_letters WHERE cursor IN
    (SELECT value FROM json_each(${JSON.stringify(events.map(({ cursor }) => cursor))}))`;

async function redactHours(db: D1Database, bucket: R2Bucket, userId: string): Promise<number> {
  const hours = await select(db, z.object({ key: z.string() }))`
    SELECT key FROM event_archive_users WHERE user_id = ${userId} LIMIT ${hoursPerCall}`;
  for (const { key } of hours) {
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
      sql(db)`DELETE FROM event_archive_users WHERE user_id = ${userId} AND key = ${key}`,
    ]);
  }
  return hours.length;
}
