import { log } from "../platform/log.ts";
import { type LoggedEvent, parseEvents } from "./logged-event.ts";

/** An archived part of the log: consecutive segments, or an hour, in one object. */
export interface Archive {
  key: string;
  first_cursor: number;
  last_cursor: number;
  /** How many events it has. */
  events: number;
}

/** The cursors of events, the first and the last. */
export interface CursorRange {
  first: number;
  last: number;
}

/** Events cannot be read: an object of the archive is missing or damaged, or R2 does not answer. */
export class UnreadableArchive extends Error {
  /** The events that cannot be read. */
  readonly unread: CursorRange;

  constructor(key: string, unread: CursorRange, reason: unknown) {
    super(
      `The events ${unread.first} to ${unread.last} cannot be read from ${key}: ${String(reason)}`,
    );
    this.unread = unread;
    log("error", "events.archive_unreadable", { key, ...unread, reason: String(reason) });
  }
}

/**
 * Reads all events of an archive.
 * @param asked which of them are wanted.
 * @throws {UnreadableArchive}
 */
export async function readArchive(
  bucket: R2Bucket,
  { key, first_cursor, last_cursor, events: count }: Archive,
  asked: CursorRange,
): Promise<LoggedEvent[]> {
  let events: LoggedEvent[];
  try {
    const object = await bucket.get(key);
    if (!object) throw new RangeError("There is no object");
    const all = parseEvents((await object.text()).trimEnd(), { store: "event_archives" });
    // An hour of the version before may have late events that are in a segment, too.
    events = all.filter(({ cursor }) => cursor >= first_cursor && cursor <= last_cursor);
  } catch (error) {
    // R2 throws when it is not available.
    throw new UnreadableArchive(key, asked, error);
  }
  if (events.length === count) return events;
  throw new UnreadableArchive(key, asked, `${count - events.length} events are missing`);
}

/** The R2 key of the archive that begins with a cursor. Keys sort by cursor. */
export const keyOf = (firstCursor: number): string =>
  `events/by-cursor/${String(firstCursor).padStart(16, "0")}.ndjson`;

/**
 * Writes an object, and reads it back.
 * @param etag of the object that was read before; null when there was none.
 * @returns false when another writer was first, or the object differs from what was written.
 */
export async function replaceObject(
  bucket: R2Bucket,
  key: string,
  text: string,
  etag: string | null,
): Promise<boolean> {
  const written = await bucket.put(key, text, {
    onlyIf: etag === null ? new Headers({ "if-none-match": "*" }) : { etagMatches: etag },
    httpMetadata: { contentType: "application/x-ndjson" },
  });
  if (!written) return false;
  const object = await bucket.get(key);
  return (await object?.text()) === text;
}
