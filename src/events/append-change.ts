import { type Fragment, raw, sql } from "../platform/sql.ts";
import { streamOf } from "../pipeline/change-types.ts";
import type { Change } from "./contract/change-data.ts";
import { head } from "./log-head.ts";

/**
 * The statement that appends a change to the log. It belongs into the transaction of the change itself: so the log has
 * the change exactly when it was made, and once.
 * @param condition appends the change only while it holds.
 */
export const appendChange = (
  db: D1Database,
  { type, data }: Change,
  at: number,
  condition: Fragment = raw("true"),
): D1PreparedStatement => {
  // Versions count the changes of the catalog. Those of tokens have the numbers of their places in the log.
  const seq = "version" in data ? data.version : null;
  return sql(db)`
    INSERT INTO event_segments (last_cursor, first_cursor, first_at, last_at, types, events)
    SELECT cursor, cursor, at, at, json_array(type), json_object('cursor', cursor,
      'job_id', ${streamOf(type)}, 'seq', coalesce(CAST(${seq} AS INTEGER), cursor), 'type', type, 'at', at,
      'user_id', NULL, 'traceparent', NULL, 'data', json(${JSON.stringify(data)}))
    FROM (SELECT ${raw(head)} + 1 AS cursor, ${type} AS type, CAST(${at} AS INTEGER) AS at)
    WHERE ${condition}`;
};
