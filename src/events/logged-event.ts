import { z } from "zod";
import { parseRows } from "../platform/parse-rows.ts";
import { jsonText } from "../platform/sql.ts";

/**
 * An event in the log: a line of a segment. Each projection parses `data` itself, so that invalid data
 * stops no other projection.
 */
export const LoggedEvent = z.object({
  /** The event's position in the log of all jobs. */
  cursor: z.int(),
  job_id: z.string(),
  /** The event's position among the events of its job. */
  seq: z.int(),
  type: z.string(),
  /** Unix ms. */
  at: z.int(),
  /** Null once the user is erased. */
  user_id: z.string().nullable(),
  /** W3C trace context of the scan's submit. */
  traceparent: z.string().nullable(),
  data: z.unknown(),
});
export type LoggedEvent = z.infer<typeof LoggedEvent>;

const Line = jsonText(LoggedEvent);

/** The events of NDJSON, one a line. A line that is no event is left out, and reported. */
export const parseEvents = (text: string, from = { store: "event_segments" }): LoggedEvent[] =>
  parseRows(Line, text.split("\n"), from);
