import { z } from "zod";
import { json, raw, select, sql } from "../platform/sql.ts";
import { StageName } from "../pipeline/stages/stage-table.ts";
import type { Increment } from "./series.ts";

/**
 * Failed attempts, and model errors that an operator has to mend, by minute of the clock. They are stored
 * beside the metrics. Alert rules read them.
 */
const failures = "failures_by_minute";
const modelErrors = "model_errors_by_minute";
const labels = raw(json("labels"));
const minuteMs = 60_000;

const minuteOf = (at: number) => Math.floor(at / minuteMs);

/** Counts a failed attempt at `at`, Unix ms. */
export const failureInMinute = (at: number, stage: StageName, code: string): Increment => [
  failures,
  JSON.stringify({ minute: minuteOf(at), stage, code }),
  1,
];

/** Counts a model error at `at`, Unix ms. */
export const modelErrorInMinute = (at: number, model: string, code: string): Increment => [
  modelErrors,
  JSON.stringify({ minute: minuteOf(at), model, code }),
  1,
];

/** Selects the highest count of a minute, from the minute of `since` on, and its most frequent failure. */
export const worstMinute = (db: D1Database, since: number): D1PreparedStatement =>
  sql(db)`
    WITH counts AS (
      SELECT ${labels} ->> 'minute' AS minute, ${labels} ->> 'code' || ' at ' || (${labels} ->> 'stage') AS failure,
        sum(value) AS count
      FROM metric_counters
      WHERE name = ${failures} AND ${labels} ->> 'minute' >= ${minuteOf(since)} GROUP BY minute, failure),
    worst AS (SELECT minute, sum(count) AS failures FROM counts GROUP BY minute ORDER BY failures DESC LIMIT 1)
    SELECT coalesce((SELECT failures FROM worst), 0) AS failures,
      (SELECT failure FROM counts JOIN worst USING (minute) ORDER BY count DESC, failure LIMIT 1) AS most_frequent`;
export const WorstMinute = z.object({ failures: z.number(), most_frequent: z.string().nullable() });

const MinuteCount = z.object({
  minute: z.int(),
  stage: StageName,
  code: z.string().nullable().describe("Of failed attempts; null for deliveries."),
  count: z.number(),
});
export const Minutes = z.object({ from: z.int(), counts: z.array(MinuteCount) });

/** Deliveries and failed attempts of the last hour's 60 minutes, which count from 0. `from` is Unix ms. */
export async function lastMinutes(db: D1Database, now: number): Promise<z.infer<typeof Minutes>> {
  const first = minuteOf(now) - 59;
  const counts = await select(db, MinuteCount)`
    SELECT ${labels} ->> 'minute' - ${first} AS minute, ${labels} ->> 'stage' AS stage,
      ${labels} ->> 'code' AS code, value AS count
    FROM metric_counters
    WHERE name IN (${failures}, 'deliveries_by_minute')
      AND ${labels} ->> 'minute' BETWEEN ${first} AND ${first + 59}`;
  return { from: first * minuteMs, counts };
}

/** Selects the model errors from the minute of `since` on, by model and code. */
export const modelErrorsSince = (db: D1Database, since: number): D1PreparedStatement =>
  sql(db)`SELECT ${labels} ->> 'model' AS model, ${labels} ->> 'code' AS code, sum(value) AS calls
    FROM metric_counters WHERE name = ${modelErrors} AND ${labels} ->> 'minute' >= ${minuteOf(since)}
    GROUP BY model, code`;
export const ModelErrors = z.array(
  z.object({ model: z.string(), code: z.string(), calls: z.number() }),
);
export type ModelErrors = z.infer<typeof ModelErrors>;

/** Deletes minutes that began before `before`. */
export const deleteErrorMinutes = (db: D1Database, before: number): D1PreparedStatement =>
  sql(db)`DELETE FROM metric_counters WHERE name IN (${failures}, ${modelErrors})
    AND CAST(coalesce(${labels} ->> '$.minute', labels) AS INTEGER) < ${minuteOf(before)}`;
