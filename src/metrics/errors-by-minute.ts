import { z } from "zod";
import { sql } from "../platform/sql.ts";
import type { Increment } from "./series.ts";

/**
 * Failed attempts, and model errors that an operator has to mend, by minute of the clock. They are stored
 * beside the metrics. Alert rules read them.
 */
const failures = "failures_by_minute";
const modelErrors = "model_errors_by_minute";
const minuteMs = 60_000;

const minuteOf = (at: number) => Math.floor(at / minuteMs);

/** Counts a failed attempt at `at`, Unix ms. */
export const failureInMinute = (at: number): Increment => [failures, String(minuteOf(at)), 1];

/** Counts a model error at `at`, Unix ms. */
export const modelErrorInMinute = (at: number, model: string, code: string): Increment => [
  modelErrors,
  JSON.stringify({ minute: minuteOf(at), model, code }),
  1,
];

/** Selects the highest count of a minute, from the minute of `since` on. */
export const worstMinute = (db: D1Database, since: number): D1PreparedStatement =>
  sql(db)`SELECT coalesce(max(value), 0) AS failures FROM metric_counters
    WHERE name = ${failures} AND CAST(labels AS INTEGER) >= ${minuteOf(since)}`;
export const WorstMinute = z.object({ failures: z.number() });

/** Selects the model errors from the minute of `since` on, by model and code. */
export const modelErrorsSince = (db: D1Database, since: number): D1PreparedStatement =>
  sql(db)`SELECT labels ->> 'model' AS model, labels ->> 'code' AS code, sum(value) AS calls
    FROM metric_counters WHERE name = ${modelErrors} AND labels ->> 'minute' >= ${minuteOf(since)}
    GROUP BY model, code`;
export const ModelErrors = z.array(
  z.object({ model: z.string(), code: z.string(), calls: z.number() }),
);
export type ModelErrors = z.infer<typeof ModelErrors>;

/** Deletes minutes that began before `before`. */
export const deleteErrorMinutes = (db: D1Database, before: number): D1PreparedStatement =>
  sql(db)`DELETE FROM metric_counters WHERE name IN (${failures}, ${modelErrors})
    AND CAST(coalesce(labels ->> '$.minute', labels) AS INTEGER) < ${minuteOf(before)}`;
