import { z } from "zod";
import { allOf, type Fragment, fragment, select } from "../platform/sql.ts";
import { readArchive } from "./archive-object.ts";
import { type LoggedEvent, parseEvents } from "./logged-event.ts";
import type { LogStores } from "./read-log.ts";

/** Which parts of the log are looked at. */
export interface BackFilter {
  /** Unix ms. */
  from?: number | undefined;
  to?: number | undefined;
  /** Texts that a segment must have, all of them. Segments in D1 without one are not read. */
  texts?: readonly string[];
}

export interface BackPage {
  /** The newest last, as they are in the log. */
  events: LoggedEvent[];
  /** The first cursor that was read: the page before it ends there. Null at the beginning of the log. */
  before: number | null;
}

/** About so much of D1's segments is one page, bytes. */
const pageBytes = 1_000_000;
const segmentsPerPage = 200;

const Segment = z.object({ first_cursor: z.int(), events: z.string() });
const Archived = z.object({
  key: z.string(),
  first_cursor: z.int(),
  last_cursor: z.int(),
  events: z.int(),
});

/**
 * Reads a page of the log that ends before a cursor: segments of D1, or an object of the archive.
 * @throws {UnreadableArchive}
 */
export async function readLogBack(
  { DB, EVENT_ARCHIVE }: LogStores,
  before: number,
  { from, to, texts = [] }: BackFilter = {},
): Promise<BackPage> {
  const inTime = [
    fragment`last_cursor < ${before}`,
    ...(from === undefined ? [] : [fragment`last_at >= ${from}`]),
    ...(to === undefined ? [] : [fragment`first_at < ${to}`]),
  ];
  const wanted = allOf([
    ...inTime,
    ...texts.map((text): Fragment => fragment`instr(events, ${text}) > 0`),
  ]);
  const segments = await select(DB, Segment)`
    SELECT first_cursor, events FROM (
      SELECT first_cursor, events, sum(octet_length(events)) OVER (ORDER BY last_cursor DESC)
        - octet_length(events) AS after
      FROM (SELECT * FROM event_segments WHERE ${wanted}
        ORDER BY last_cursor DESC LIMIT ${segmentsPerPage}))
    WHERE after < ${pageBytes} ORDER BY first_cursor`;
  const [oldest] = segments;
  if (oldest) {
    const events = segments.flatMap((segment) => parseEvents(segment.events));
    return { events, before: oldest.first_cursor };
  }
  // Hours of the version before have cursors among those of others: lists do not go back so far.
  const [archive] = await select(DB, Archived)`
    SELECT key, first_cursor, last_cursor, events FROM event_archives
    WHERE by_hour = 0 AND ${allOf(inTime)} ORDER BY last_cursor DESC LIMIT 1`;
  if (!archive) return { events: [], before: null };
  const { first_cursor: first, last_cursor: last } = archive;
  return { events: await readArchive(EVENT_ARCHIVE, archive, { first, last }), before: first };
}
