import { z } from "zod";
import type { Increment } from "./series.ts";
import { sql } from "../platform/sql.ts";

/** Failures by minute of the clock, stored beside the metrics. Alert rules read a rate from them. */
const name = "failures_by_minute";
const minuteMs = 60_000;

const minuteOf = (at: number) => Math.floor(at / minuteMs);

/** Counts a failure at `at`, Unix ms. */
export const failureInMinute = (at: number): Increment => [name, String(minuteOf(at)), 1];

/** Selects the highest count of a minute, from the minute of `since` on. */
export const worstMinute = (db: D1Database, since: number): D1PreparedStatement =>
  sql(db)`SELECT coalesce(max(value), 0) AS failures FROM metric_counters
    WHERE name = ${name} AND CAST(labels AS INTEGER) >= ${minuteOf(since)}`;
export const WorstMinute = z.object({ failures: z.number() });

/** Deletes minutes that began before `before`. */
export const deleteFailureMinutes = (db: D1Database, before: number): D1PreparedStatement =>
  sql(db)`DELETE FROM metric_counters
    WHERE name = ${name} AND CAST(labels AS INTEGER) < ${minuteOf(before)}`;
