import { z } from "zod";
import { raw, selectAll, sql } from "../platform/sql.ts";
import { replaceObject } from "./archive-object.ts";
import type { LogStores } from "./read-log.ts";
import { redactLines } from "./redact-lines.ts";
import { joinRanges, overlaps, type TimeRange } from "./time-ranges.ts";

type Table = "event_segments" | "event_archives";

const rowsPerQuery = 2_000;
const segmentsPerQuery = 10;

const Place = z.object({ last_cursor: z.int(), first_at: z.int(), last_at: z.int() });
const Segment = z.object({ last_cursor: z.int(), redactions: z.int(), events: z.string() });

/** Events of a user in one part of the log. */
interface Found {
  events: number;
  /** Redacts them, unless the part has changed since it was read. */
  redact: () => Promise<unknown>;
}

/**
 * Redacts a user's events in the log, in D1 and in R2. Cursors stay, and so do the fields that the statistics
 * need. The caller adds the user to `erased_users` first, so that no later event enters the log. Idempotent.
 * @param ranges when the user's events happened: other parts of the log are not read.
 * @returns how many events were found. Another writer may have been first: call it until it returns 0.
 */
export async function redactUser(
  stores: LogStores,
  userId: string,
  ranges: readonly TimeRange[],
): Promise<number> {
  let events = 0;
  for await (const found of findUser(stores, userId, ranges)) {
    events += found.events;
    await found.redact();
  }
  return events;
}

/** How many events in the log name the user. */
export async function countEventsOf(
  stores: LogStores,
  userId: string,
  ranges: readonly TimeRange[],
): Promise<number> {
  let events = 0;
  for await (const found of findUser(stores, userId, ranges)) events += found.events;
  return events;
}

/** Segments come first: those that are archived meanwhile are archived redacted, or found in the archive. */
async function* findUser(
  { DB: db, EVENT_ARCHIVE: bucket }: LogStores,
  userId: string,
  ranges: readonly TimeRange[],
): AsyncGenerator<Found> {
  for await (const cursors of overlapping(db, "event_segments", ranges)) {
    for (let from = 0; from < cursors.length; from += segmentsPerQuery) {
      const some = JSON.stringify(cursors.slice(from, from + segmentsPerQuery));
      const segments = await selectAll(db, Segment)`
        SELECT last_cursor, redactions, events FROM event_segments
        WHERE last_cursor IN (SELECT value FROM json_each(${some}))
          AND instr(events, ${JSON.stringify(userId)}) > 0`;
      for (const { last_cursor, redactions, events } of segments) {
        const redacted = redactLines(events, userId);
        if (redacted.lines === 0) continue;
        const redact = () =>
          db.batch([
            sql(db)`
              UPDATE event_segments SET events = ${redacted.text}, redactions = redactions + 1
              WHERE last_cursor = ${last_cursor} AND redactions = ${redactions}`,
            deleteDeadLetters(db, redacted.cursors),
          ]);
        yield { events: redacted.lines, redact };
      }
    }
  }
  for await (const cursors of overlapping(db, "event_archives", ranges)) {
    for (const last of cursors) {
      const [archive] = await selectAll(db, z.object({ key: z.string() }))`
        SELECT key FROM event_archives WHERE last_cursor = ${last}`;
      const object = archive && (await bucket.get(archive.key));
      if (!object) continue;
      const redacted = redactLines(await object.text(), userId);
      if (redacted.lines === 0) continue;
      const redact = async () => {
        if (!(await replaceObject(bucket, archive.key, redacted.text, object.etag))) return;
        // Afterwards, so that who has read the object before it was replaced fails its guard.
        await db.batch([
          sql(
            db,
          )`UPDATE event_archives SET redactions = redactions + 1 WHERE last_cursor = ${last}`,
          deleteDeadLetters(db, redacted.cursors),
        ]);
      };
      yield { events: redacted.lines, redact };
    }
  }
}

/**
 * Deletes the dead letters of redacted events, in one transaction with the redaction: they are not applied
 * again, and a projection that has read the events before fails its guard.
 */
const deleteDeadLetters = (db: D1Database, cursors: readonly number[]) =>
  sql(db)`DELETE FROM dead_letters WHERE cursor IN
    (SELECT value FROM json_each(${JSON.stringify(cursors)}))`;

/** The rows whose events' times overlap one of the ranges, by their last cursor, in pages. */
async function* overlapping(
  db: D1Database,
  table: Table,
  ranges: readonly TimeRange[],
): AsyncGenerator<number[]> {
  const joined = joinRanges(ranges);
  const [from, to] = [joined[0]?.[0], joined.at(-1)?.[1]];
  if (from === undefined || to === undefined) return;
  let rows: z.infer<typeof Place>[];
  let after = 0;
  do {
    rows = await selectAll(db, Place)`
      SELECT last_cursor, first_at, last_at FROM ${raw(table)}
      WHERE last_cursor > ${after} AND last_at >= ${from} AND first_at <= ${to}
      ORDER BY last_cursor LIMIT ${rowsPerQuery}`;
    yield rows
      .filter(({ first_at, last_at }) => overlaps(joined, [first_at, last_at]))
      .map(({ last_cursor }) => last_cursor);
    after = rows.at(-1)?.last_cursor ?? after;
  } while (rows.length === rowsPerQuery);
}
