import { z } from "zod";
import { guardedBatch } from "../platform/guarded-batch.ts";
import { log } from "../platform/log.ts";
import { hourMs, hourOf, keyOf, readHour, writeHour } from "./archived-hour.ts";
import { EventRow, type LoggedEvent, loggedEventOf } from "./logged-event.ts";
import { readers } from "./readers/index.ts";

/** How long the log keeps events, ms. */
export const keptMs = 30 * 24 * hourMs;
const hoursPerRun = 50;
const pageSize = 2_000;

type Stores = Pick<Env, "DB" | "EVENT_ARCHIVE">;
/** What became of an hour; all but the first leave it in the log for a later run. */
type Outcome = "archived" | "held" | "unread" | "changed";

/**
 * Moves the hours that are older than 30 days to R2, the oldest first, each as a whole. An hour that
 * was moved before and has got late events since is moved again, with all it had.
 */
export async function archiveEvents(stores: Stores): Promise<void> {
  const now = Date.now();
  const end = hourOf(now - keptMs);
  let from = 0;
  for (let count = 0; count < hoursPerRun; count++) {
    const hour = await firstHour(stores.DB, from, end);
    if (hour === null) return;
    const outcome = await archiveHour(stores, hour, now);
    log(outcome === "archived" ? "info" : "warn", "events.archive", { key: keyOf(hour), outcome });
    from = hour + hourMs;
  }
}

async function firstHour(db: D1Database, from: number, end: number): Promise<number | null> {
  const row = await db
    .prepare("SELECT min(at) AS at FROM events WHERE at >= ? AND at < ?")
    .bind(from, end)
    .first();
  const { at } = z.object({ at: z.int().nullable() }).parse(row);
  return at === null ? null : hourOf(at);
}

/**
 * The object is written and read back before the rows are deleted, so dying in between leaves both;
 * the next run then finds the same events in both, by their cursors.
 */
async function archiveHour(
  { DB: db, EVENT_ARCHIVE: bucket }: Stores,
  hour: number,
  now: number,
): Promise<Outcome> {
  const key = keyOf(hour);
  if (await isHeld(db, key, now)) return "held";
  const rows = await rowsOf(db, hour);
  const last = rows.reduce((highest, { cursor }) => Math.max(highest, cursor), -1);
  if (!(await allHavePassed(db, last))) return "unread";
  const before = await readHour(bucket, key);
  const merged = new Map<number, LoggedEvent>();
  for (const event of before?.events ?? []) merged.set(event.cursor, event);
  for (const row of rows) merged.set(row.cursor, loggedEventOf(row));
  const events = [...merged.values()].toSorted((a, b) => a.cursor - b.cursor);
  if (!(await writeHour(bucket, key, events, before))) return "changed";
  return (await deleteRows(db, { key, hour, last, rows, events, now })) ? "archived" : "changed";
}

async function isHeld(db: D1Database, key: string, now: number): Promise<boolean> {
  const query = "SELECT 1 FROM event_archives WHERE key = ? AND held_until > ?";
  return (await db.prepare(query).bind(key, now).first()) !== null;
}

async function rowsOf(db: D1Database, hour: number): Promise<EventRow[]> {
  const rows: EventRow[] = [];
  const query = db.prepare(
    `SELECT * FROM events WHERE at < ?1 AND (at, cursor) > (?2, ?3)
     ORDER BY at, cursor LIMIT ${pageSize}`,
  );
  let page: EventRow[];
  do {
    const { at, cursor } = rows.at(-1) ?? { at: hour, cursor: -1 };
    const { results } = await query.bind(hour + hourMs, at, cursor).all();
    page = z.array(EventRow).parse(results);
    for (const row of page) rows.push(row);
  } while (page.length === pageSize);
  return rows;
}

const passed = (names: string, last: string) => `NOT EXISTS (
  SELECT 1 FROM json_each(${names}) LEFT JOIN event_readers ON event_readers.name = value
  WHERE coalesce(event_readers.cursor, 0) < ${last})`;
const readerNames = JSON.stringify(readers.map(({ name }) => name));

async function allHavePassed(db: D1Database, last: number): Promise<boolean> {
  const query = `SELECT 1 WHERE ${passed("?1", "?2")}`;
  return (await db.prepare(query).bind(readerNames, last).first()) !== null;
}

interface Moved {
  key: string;
  hour: number;
  last: number;
  rows: readonly EventRow[];
  events: readonly LoggedEvent[];
  now: number;
}

/**
 * Deletes what was moved, and notes where it is, whose it is, and how far each job has come. Stops,
 * by a null where none may be, unless the rows are those that were read: an event may have been
 * redacted meanwhile, the hour held, or a reader sent back.
 */
async function deleteRows(db: D1Database, moved: Moved): Promise<boolean> {
  const { key, hour, last, rows, events, now } = moved;
  const hourRows = "at >= ?1 AND at < ?1 + 3600000 AND cursor <= ?2";
  const named = rows.filter(({ user_id }) => user_id !== null).length;
  const first = events[0]?.cursor ?? last;
  const final = events.at(-1)?.cursor ?? last;
  return guardedBatch(db, "event_archives.events", [
    db
      .prepare(
        `INSERT INTO event_archives (key, hour, first_cursor, last_cursor, events, archived_at)
           VALUES (?3, ?1, ?4, ?5, CASE WHEN ${passed("?7", "?2")}
             AND (SELECT count(*) = ?8 AND count(user_id) = ?9 FROM events WHERE ${hourRows})
             AND NOT EXISTS (SELECT 1 FROM event_archives WHERE key = ?3 AND held_until > ?10)
             THEN ?6 END, ?10)
           ON CONFLICT (key) DO UPDATE SET first_cursor = excluded.first_cursor,
             last_cursor = excluded.last_cursor, events = excluded.events,
             archived_at = excluded.archived_at, held_until = NULL`,
      )
      .bind(hour, last, key, first, final, events.length, readerNames, rows.length, named, now),
    db
      .prepare(
        `INSERT INTO event_archive_users (user_id, key)
           SELECT DISTINCT user_id, ?3 FROM events WHERE ${hourRows} AND user_id IS NOT NULL
           ON CONFLICT DO NOTHING`,
      )
      .bind(hour, last, key),
    db
      .prepare(
        `INSERT INTO event_archive_jobs (job_id, last_seq)
           SELECT job_id, max(seq) FROM events WHERE ${hourRows} GROUP BY job_id
           ON CONFLICT (job_id) DO UPDATE SET last_seq = max(last_seq, excluded.last_seq)`,
      )
      .bind(hour, last),
    db.prepare(`DELETE FROM events WHERE ${hourRows}`).bind(hour, last),
  ]);
}
