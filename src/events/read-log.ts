import { z } from "zod";
import { allOf, type Fragment, fragment, raw, sql } from "../platform/sql.ts";
import { parseRows } from "../platform/parse-rows.ts";
import { type Archive, type CursorRange, readArchive } from "./archive-object.ts";
import { head } from "./log-head.ts";
import { type LoggedEvent, parseEvents } from "./logged-event.ts";

export type LogStores = Pick<Env, "DB" | "EVENT_ARCHIVE">;

/** Which events are wanted; parts of the log that have none of them are not read. */
export interface EventFilter {
  /** All types when there is none. */
  types?: readonly string[];
  /** Events from this time on, Unix ms. */
  from?: number | undefined;
  /** Events before this time, Unix ms. */
  to?: number | undefined;
}

/** About so much of D1's segments is one page, bytes. */
const pageBytes = 1_000_000;
const segmentsPerPage = 200;

/** A part of the log: segments in D1, or an archive. */
interface Part {
  first: number;
  last: number;
  /** Holds while no event of the part was redacted or moved since it was read. */
  unchanged: Fragment;
  /** All of its events; `asked` are those that are wanted. */
  read: (asked: CursorRange) => LoggedEvent[] | Promise<LoggedEvent[]>;
}

export interface LogPage {
  /** The cursor that the page follows. */
  after: number;
  events: LoggedEvent[];
  /** Up to where the log was read: the next page follows it. */
  next: number;
  /** The last cursor of the log. */
  head: number;
  /** Holds while none of the events was redacted or moved: the guard of what is written of them. */
  unchanged: Fragment;
}

const Ends = z.object({ after: z.int(), head: z.int(), archived_to: z.int() });
const position = { first_cursor: z.int(), last_cursor: z.int(), redactions: z.int() };
const ArchiveRow = z.object({ ...position, key: z.string(), events: z.int() });
const SegmentRow = z.object({ ...position, events: z.string() });

/**
 * Reads the events that follow a cursor, at most `limit`, wherever they are. A page ends with a part of the
 * log, so that it may have fewer while there are more: the log is read to its end when `next` is `head`.
 * @param after a cursor, or SQL for one.
 * @throws {UnreadableArchive} for events in an archive that cannot be read. No event is left out.
 */
export async function readLog(
  { DB, EVENT_ARCHIVE }: LogStores,
  after: number | Fragment,
  limit: number,
  filter: EventFilter = {},
): Promise<LogPage> {
  const follows = fragment`last_cursor > ${after} AND ${matching(filter)}`;
  const [ends, archives, segments] = await DB.batch([
    sql(DB)`
      SELECT ${after} AS after, ${raw(head)} AS head, coalesce(${raw(archivedTo)}, 0) AS archived_to`,
    sql(DB)`
      SELECT first_cursor, last_cursor, redactions, key, events FROM (
        SELECT * FROM event_archives WHERE by_hour = 0 AND ${follows} ORDER BY last_cursor LIMIT 1)
      UNION ALL
      SELECT first_cursor, last_cursor, redactions, key, events FROM event_archives
      WHERE by_hour = 1 AND ${follows} AND first_cursor <= (
        SELECT min(last_cursor) FROM event_archives WHERE by_hour = 1 AND ${follows})`,
    sql(DB)`
      SELECT first_cursor, last_cursor, redactions, events FROM event_segments
      WHERE ${follows} AND coalesce(${raw(archivedTo)}, 0) <= ${after} AND last_cursor <= (
        SELECT max(last_cursor) FROM (
          SELECT last_cursor, sum(bytes) OVER (ORDER BY last_cursor) - bytes AS before FROM (
            SELECT last_cursor, octet_length(events) AS bytes FROM event_segments
            WHERE ${follows} ORDER BY last_cursor LIMIT ${segmentsPerPage}))
        WHERE before < ${pageBytes})
      ORDER BY last_cursor`,
  ]);
  const { after: cursor, head: end, archived_to } = Ends.parse(ends?.results[0]);
  const parts = [
    ...parseRows(ArchiveRow, archives?.results, { store: "event_archives" }).map(
      archivePart(EVENT_ARCHIVE),
    ),
    ...segmentPart(parseRows(SegmentRow, segments?.results, { store: "event_segments" })),
  ];
  // Behind it are events of parts that this page does not have. Segments follow all archives but hours.
  const next = Math.min(
    archived_to > cursor ? archived_to : Math.max(cursor, end),
    ...parts.map(({ last }) => last),
  );
  const read = parts.filter(({ first }) => first <= next);
  const events: LoggedEvent[] = [];
  for (const part of read) {
    for (const event of await part.read({ first: cursor + 1, last: next })) events.push(event);
  }
  const wanted = events
    .filter((event) => event.cursor > cursor && event.cursor <= next && matches(event, filter))
    .toSorted((a, b) => a.cursor - b.cursor);
  return {
    after: cursor,
    events: wanted.slice(0, limit),
    next: wanted.length > limit ? (wanted[limit - 1]?.cursor ?? cursor) : next,
    head: end,
    unchanged: allOf(read.map(({ unchanged }) => unchanged)),
  };
}

/** Where the archive ends, without the hours, whose cursors lie among those of segments. */
const archivedTo = "(SELECT max(last_cursor) FROM event_archives WHERE by_hour = 0)";

const archivePart =
  (bucket: R2Bucket) =>
  (row: Archive & { redactions: number }): Part => ({
    first: row.first_cursor,
    last: row.last_cursor,
    unchanged: fragment`EXISTS (SELECT 1 FROM event_archives
      WHERE last_cursor = ${row.last_cursor} AND redactions = ${row.redactions})`,
    read: (asked) => readArchive(bucket, row, asked),
  });

function segmentPart(rows: z.infer<typeof SegmentRow>[]): Part[] {
  const [first, last] = [rows[0]?.first_cursor, rows.at(-1)?.last_cursor];
  if (first === undefined || last === undefined) return [];
  const redactions = rows.reduce((sum, row) => sum + row.redactions, 0);
  const cursors = JSON.stringify(rows.map(({ last_cursor }) => last_cursor));
  return [
    {
      first,
      last,
      unchanged: fragment`(${rows.length}, ${redactions}) = (
        SELECT count(*), sum(redactions) FROM event_segments
        WHERE last_cursor IN (SELECT value FROM json_each(${cursors})))`,
      read: () => rows.flatMap(({ events }) => parseEvents(events, { store: "event_segments" })),
    },
  ];
}

/** Whether a part of the log may have wanted events. */
const matching = ({ types = [], from, to }: EventFilter): Fragment =>
  allOf([
    ...(types.length > 0
      ? [
          fragment`EXISTS (SELECT 1 FROM json_each(types)
            WHERE value IN (SELECT value FROM json_each(${JSON.stringify(types)})))`,
        ]
      : []),
    ...(from === undefined ? [] : [fragment`last_at >= ${from}`]),
    ...(to === undefined ? [] : [fragment`first_at < ${to}`]),
  ]);

const matches = ({ type, at }: LoggedEvent, { types = [], from, to }: EventFilter): boolean =>
  (types.length === 0 || types.includes(type)) &&
  (from === undefined || at >= from) &&
  (to === undefined || at < to);
