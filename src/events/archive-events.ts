import { z } from "zod";
import { guardedBatch } from "../platform/guarded-batch.ts";
import { log } from "../platform/log.ts";
import { fragment, jsonText, selectAll, sql } from "../platform/sql.ts";
import { keyOf, replaceObject } from "./archive-object.ts";
import type { LogStores } from "./read-log.ts";

const dayMs = 24 * 60 * 60 * 1000;
/** How long events stay in D1, ms. */
const retentionMs = 2 * dayMs;
/** How long segments wait for others, so that an object is worth its price, ms. */
const waitMs = dayMs;
/** An object takes segments until it has so much, bytes. A segment is smaller than 1.5 MB. */
const objectBytes = 1_000_000;
const segmentsPerObject = 500;
const objectsPerRun = 40;

const Due = z.object({
  last_cursor: z.int(),
  first_at: z.int(),
  bytes: z.int(),
});
const Segment = z.object({
  first_cursor: z.int(),
  last_cursor: z.int(),
  first_at: z.int(),
  last_at: z.int(),
  types: jsonText(z.array(z.string())),
  redactions: z.int(),
  events: z.string(),
});

/**
 * Moves segments that are older than two days from D1 to R2, the oldest first: consecutive segments become
 * an object of about 1 MB, or less a day later. No more than one object is in memory.
 */
export async function archiveEvents(stores: LogStores): Promise<void> {
  const now = Date.now();
  for (let count = 0; count < objectsPerRun; count++) {
    const last = await lastDue(stores.DB, now);
    if (last === null) return;
    // Once more when an event was redacted meanwhile: the object that was put still has it.
    const key = (await archiveUpTo(stores, last)) ?? (await archiveUpTo(stores, last));
    if (key === null) {
      // Another run was faster, perhaps. A later one moves what is left.
      log("warn", "events.not_archived", { last_cursor: last });
      return;
    }
    log("info", "events.archived", { key, last_cursor: last });
  }
}

/** The last cursor of the oldest segments that are to become an object; null when there are none yet. */
async function lastDue(db: D1Database, now: number): Promise<number | null> {
  const segments = await selectAll(db, Due)`
    SELECT last_cursor, first_at, octet_length(events) AS bytes FROM event_segments
    ORDER BY last_cursor LIMIT ${segmentsPerObject}`;
  let bytes = 0;
  let last: number | null = null;
  for (const segment of segments) {
    if (segment.first_at > now - retentionMs) break;
    last = segment.last_cursor;
    bytes += segment.bytes;
    if (bytes >= objectBytes) return last;
  }
  const isFull = last === segments[segmentsPerObject - 1]?.last_cursor;
  const oldest = segments[0]?.first_at ?? now;
  return isFull || oldest <= now - retentionMs - waitMs ? last : null;
}

/**
 * Puts the object and then moves the segments in one transaction. After a crash in between, the next run
 * overwrites the object.
 * @returns null, with the segments as they are, when they or the object were changed meanwhile.
 */
async function archiveUpTo(
  { DB: db, EVENT_ARCHIVE: bucket }: LogStores,
  last: number,
): Promise<string | null> {
  const [oldest] = await selectAll(db, z.object({ first_cursor: z.int() }))`
    SELECT first_cursor FROM event_segments ORDER BY last_cursor LIMIT 1`;
  if (!oldest) return null;
  const key = keyOf(oldest.first_cursor);
  // Before the segments are read: an object that another run puts from now on is not overwritten.
  const before = await bucket.head(key);
  const segments = await selectAll(db, Segment)`
    SELECT * FROM event_segments
    WHERE last_cursor >= ${oldest.first_cursor} AND last_cursor <= ${last} ORDER BY last_cursor`;
  const first = segments[0];
  if (first?.first_cursor !== oldest.first_cursor) return null;
  const lines = segments.map(({ events }) => events).join("\n");
  if (!(await replaceObject(bucket, key, lines, before?.etag ?? null))) return null;
  const redactions = segments.reduce((sum, segment) => sum + segment.redactions, 0);
  const these = fragment`last_cursor >= ${first.last_cursor} AND last_cursor <= ${last}`;
  const types = [...new Set(segments.flatMap((segment) => segment.types))];
  const isMoved = await guardedBatch(db, "event_archives.key", [
    sql(db)`
      INSERT INTO event_archives
        (last_cursor, first_cursor, key, first_at, last_at, types, events, redactions)
      SELECT max(last_cursor), ${first.first_cursor},
        CASE WHEN count(*) = ${segments.length} AND sum(redactions) = ${redactions} THEN ${key} END,
        min(first_at), max(last_at), ${JSON.stringify(types)}, ${lines.split("\n").length}, 0
      FROM event_segments WHERE ${these}`,
    sql(db)`DELETE FROM event_segments WHERE ${these}`,
  ]);
  return isMoved ? key : null;
}
