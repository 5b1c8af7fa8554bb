import { z } from "zod";

const fields = {
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
};

/** A row of the log. Each projection parses `data` itself, so that invalid data stops no other projection. */
export const EventRow = z.object({ ...fields, data: z.string() });
export type EventRow = z.infer<typeof EventRow>;

/** An event with its data parsed from JSON: a line of an archived hour. */
export const LoggedEvent = z.object({ ...fields, data: z.unknown() });
export type LoggedEvent = z.infer<typeof LoggedEvent>;

/** @throws {SyntaxError} for data that is not JSON. */
export const loggedEventOf = (row: EventRow): LoggedEvent => ({
  ...row,
  data: JSON.parse(row.data) as unknown,
});
