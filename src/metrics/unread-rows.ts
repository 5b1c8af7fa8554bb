import { z } from "zod";
import { json, raw, sql } from "../platform/sql.ts";
import { takeUnreadRows } from "../platform/parse-rows.ts";
import { increment, type Increment } from "./series.ts";

const name = "unread_rows_by_minute";
const labels = raw(json("labels"));
const minuteMs = 60_000;
const minuteOf = (at: number) => Math.floor(at / minuteMs);

/** The rows that this isolate could not read since the last call: as a metric, and by minute for the alert. */
export const unreadRowIncrements = (now: number): Increment[] =>
  Array.from(takeUnreadRows(), ([store, rows]): Increment[] => [
    increment("eco2_rows_unread", { store }, rows),
    [name, JSON.stringify({ minute: minuteOf(now), store }), rows],
  ]).flat();

/** Selects how many rows could not be read from the minute of `since` on, by store. */
export const unreadRowsSince = (db: D1Database, since: number): D1PreparedStatement =>
  sql(db)`SELECT ${labels} ->> 'store' AS store, sum(value) AS rows FROM metric_counters
    WHERE name = ${name} AND ${labels} ->> 'minute' >= ${minuteOf(since)} GROUP BY store`;
export const UnreadRows = z.array(z.object({ store: z.string(), rows: z.number() }));
export type UnreadRows = z.infer<typeof UnreadRows>;

/** Deletes minutes that began before `before`. */
export const deleteUnreadMinutes = (db: D1Database, before: number): D1PreparedStatement =>
  sql(db)`DELETE FROM metric_counters
    WHERE name = ${name} AND coalesce(CAST(${labels} ->> 'minute' AS INTEGER), 0) < ${minuteOf(before)}`;
