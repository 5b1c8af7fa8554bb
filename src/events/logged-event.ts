import { z } from "zod";

const place = {
  /** Its place in the log of all jobs. */
  cursor: z.int(),
  job_id: z.string(),
  /** Its place among its job's. */
  seq: z.int(),
  type: z.string(),
  /** Unix ms. */
  at: z.int(),
  /** Null once its user was erased. */
  user_id: z.string().nullable(),
  /** W3C trace context of the scan's submit. */
  traceparent: z.string().nullable(),
};

/** A row of the log. Its data is read by whom it concerns, so that one that is wrong stops nobody else. */
export const EventRow = z.object({ ...place, data: z.string() });
export type EventRow = z.infer<typeof EventRow>;

/** The same with its data as it was parsed: a line of an archived hour. */
export const LoggedEvent = z.object({ ...place, data: z.unknown() });
export type LoggedEvent = z.infer<typeof LoggedEvent>;

/** Throws a SyntaxError for data that is not JSON. */
export const loggedEventOf = (row: EventRow): LoggedEvent => ({
  ...row,
  data: JSON.parse(row.data) as unknown,
});
