import { z } from "zod";
import { guardedBatch } from "../platform/guarded-batch.ts";
import { log } from "../platform/log.ts";
import { hourMs, hourOf, keyOf, readHour, writeHour } from "./archived-hour.ts";
import { EventRow, type LoggedEvent, loggedEventOf } from "./logged-event.ts";
import { projections } from "./projections/projections.ts";
import { fragment, select, sql } from "../platform/sql.ts";

/** How long events stay in D1, ms. */
const retentionMs = 30 * 24 * hourMs;
const hoursPerRun = 50;
const pageSize = 2_000;

type Stores = Pick<Env, "DB" | "EVENT_ARCHIVE">;
/** The outcome for an hour. All but `archived` leave it in the log for a later run. */
type Outcome = "archived" | "restored" | "not_projected" | "changed";

/**
 * Moves the hours that are older than 30 days from D1 to R2, the oldest first, each as a whole. An archived
 * hour that has received late events since is archived again, with its earlier events.
 */
export async function archiveEvents(stores: Stores): Promise<void> {
  const now = Date.now();
  const end = hourOf(now - retentionMs);
  let from = 0;
  for (let count = 0; count < hoursPerRun; count++) {
    const hour = await firstHour(stores.DB, from, end);
    if (hour === null) return;
    const outcome = await archiveHour(stores, hour, now);
    const key = keyOf(hour);
    if (outcome === "archived") log("info", "events.hour_archived", { key });
    else log("warn", "events.hour_not_archived", { key, reason: outcome });
    from = hour + hourMs;
  }
}

async function firstHour(db: D1Database, from: number, end: number): Promise<number | null> {
  const [first] = await select(db, z.object({ at: z.int() }))`
    SELECT at FROM events WHERE at >= ${from} AND at < ${end} ORDER BY at LIMIT 1`;
  return first ? hourOf(first.at) : null;
}

/**
 * Writes the object and reads it back before it deletes the rows. After a crash in between both exist, and
 * the next run merges them by cursor.
 */
async function archiveHour(
  { DB: db, EVENT_ARCHIVE: bucket }: Stores,
  hour: number,
  now: number,
): Promise<Outcome> {
  const key = keyOf(hour);
  if (await isRestored(db, key, now)) return "restored";
  const rows = await rowsOf(db, hour);
  if (!(await isProjected(db, lastOf(rows)))) return "not_projected";
  const before = await readHour(bucket, key);
  const merged = new Map<number, LoggedEvent>();
  for (const event of before?.events ?? []) merged.set(event.cursor, event);
  for (const row of rows) merged.set(row.cursor, loggedEventOf(row));
  const events = [...merged.values()].toSorted((a, b) => a.cursor - b.cursor);
  if (!(await writeHour(bucket, key, events, before))) return "changed";
  return (await deleteRows(db, hour, rows, events, now)) ? "archived" : "changed";
}

const lastOf = (rows: readonly EventRow[]) =>
  rows.reduce((highest, { cursor }) => Math.max(highest, cursor), -1);

/** Whether an operator has restored the hour, and its time in the log has not ended. */
async function isRestored(db: D1Database, key: string, now: number): Promise<boolean> {
  const query = sql(db)`SELECT 1 FROM event_archives WHERE key = ${key} AND held_until > ${now}`;
  return (await query.first()) !== null;
}

async function rowsOf(db: D1Database, hour: number): Promise<EventRow[]> {
  const rows: EventRow[] = [];
  let page: EventRow[];
  do {
    const { at, cursor } = rows.at(-1) ?? { at: hour, cursor: -1 };
    page = await select(db, EventRow)`
      SELECT * FROM events WHERE at < ${hour + hourMs} AND (at, cursor) > (${at}, ${cursor})
      ORDER BY at, cursor LIMIT ${pageSize}`;
    for (const row of page) rows.push(row);
  } while (page.length === pageSize);
  return rows;
}

const projectionNames = JSON.stringify(projections.map(({ name }) => name));
/** Whether the cursor of every projection has reached the event `last`. */
const projected = (last: number) => fragment`NOT EXISTS (
  SELECT 1 FROM json_each(${projectionNames}) LEFT JOIN event_readers ON event_readers.name = value
  WHERE coalesce(event_readers.cursor, 0) < ${last})`;

async function isProjected(db: D1Database, last: number): Promise<boolean> {
  return (await sql(db)`SELECT 1 WHERE ${projected(last)}`.first()) !== null;
}

/**
 * Deletes the archived rows, and records the archive's key, its users and the last seq of each job.
 * @returns false, with nothing written, when the rows are no longer those that were read: an event was
 * redacted, the hour was restored, or a projection was reset meanwhile.
 */
async function deleteRows(
  db: D1Database,
  hour: number,
  rows: readonly EventRow[],
  events: readonly LoggedEvent[],
  now: number,
): Promise<boolean> {
  const key = keyOf(hour);
  const last = lastOf(rows);
  const hourRows = fragment`at >= ${hour} AND at < ${hour + hourMs} AND cursor <= ${last}`;
  const named = rows.filter(({ user_id }) => user_id !== null).length;
  const first = events[0]?.cursor ?? last;
  const final = events.at(-1)?.cursor ?? last;
  return guardedBatch(db, "event_archives.events", [
    sql(db)`
      INSERT INTO event_archives (key, hour, first_cursor, last_cursor, events, archived_at)
      VALUES (${key}, ${hour}, ${first}, ${final}, CASE WHEN ${projected(last)}
        AND (SELECT count(*) = ${rows.length} AND count(user_id) = ${named}
          FROM events WHERE ${hourRows})
        AND NOT EXISTS (SELECT 1 FROM event_archives WHERE key = ${key} AND held_until > ${now})
        THEN ${events.length} END, ${now})
      ON CONFLICT (key) DO UPDATE SET first_cursor = excluded.first_cursor,
        last_cursor = excluded.last_cursor, events = excluded.events,
        archived_at = excluded.archived_at, held_until = NULL`,
    sql(db)`
      INSERT INTO event_archive_users (user_id, key)
      SELECT DISTINCT user_id, ${key} FROM events WHERE ${hourRows} AND user_id IS NOT NULL
      ON CONFLICT DO NOTHING`,
    sql(db)`
      INSERT INTO event_archive_jobs (job_id, last_seq)
      SELECT job_id, max(seq) FROM events WHERE ${hourRows} GROUP BY job_id
      ON CONFLICT (job_id) DO UPDATE SET last_seq = max(last_seq, excluded.last_seq)`,
    sql(db)`DELETE FROM events WHERE ${hourRows}`,
  ]);
}
