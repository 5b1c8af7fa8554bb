import { z } from "zod";
import { StageName } from "../pipeline/stages/stage-table.ts";
import { fragment, json, raw, sql } from "../platform/sql.ts";
import { metrics } from "./metrics-buffer.ts";
import type { Increment } from "./series.ts";

/**
 * By stage and minute: deliveries, attempts that take so long that their lease is renewed, by their beginning, and of
 * these those that ended. They are stored beside the metrics. Alert rules read them.
 */
const deliveries = "deliveries_by_minute";
const begun = "long_attempts_begun_by_minute";
const ended = "long_attempts_ended_by_minute";
const labels = raw(json("labels"));
const minute = fragment`${labels} ->> 'minute'`;
const minuteMs = 60_000;
const minuteOf = (at: number) => Math.floor(at / minuteMs);

const inMinute = (name: string, at: number, stage: StageName): Increment => [
  name,
  JSON.stringify({ minute: minuteOf(at), stage }),
  1,
];

/** Counts a delivery that was handled at `at`, Unix ms. */
export const deliveryInMinute = (at: number, stage: StageName): Increment =>
  inMinute(deliveries, at, stage);

/** Counts an attempt while it is at work, so that one that never ends is seen: `goesOn` at each renewal. */
export function longAttempt({ DB }: Pick<Env, "DB">, stage: StageName) {
  const at = Date.now();
  let isLong = false;
  return {
    goesOn() {
      if (!isLong) metrics.add([inMinute(begun, at, stage)]);
      isLong = true;
      void metrics.flush(DB);
    },
    ends() {
      if (isLong) metrics.add([inMinute(ended, at, stage)]);
    },
  };
}

/** Longer than an attempt takes, ms: what began before and has no end will have none. */
const atWorkMs = 2 * minuteMs;

/**
 * Selects, by stage: of the long attempts that began since a time, those without an end and, of these, those that may
 * be at work; and the deliveries of this minute and the one before.
 */
export function openAttempts(db: D1Database, since: number, now: number): D1PreparedStatement {
  const names = JSON.stringify([deliveries, begun, ended]);
  const unended = fragment`CASE name WHEN ${begun} THEN value WHEN ${ended} THEN -value ELSE 0 END`;
  return sql(db)`SELECT ${labels} ->> 'stage' AS stage,
      sum(${unended}) AS unended,
      sum(iif(${minute} >= ${minuteOf(now - atWorkMs)}, ${unended}, 0)) AS at_work,
      sum(iif(name = ${deliveries} AND ${minute} >= ${minuteOf(now) - 1}, value, 0)) AS deliveries
    FROM metric_counters
    WHERE name IN (SELECT value FROM json_each(${names})) AND ${minute} >= ${minuteOf(since)}
    GROUP BY stage`;
}
export const OpenAttempts = z.array(
  z.object({
    stage: StageName,
    unended: z.number(),
    at_work: z.number(),
    deliveries: z.number(),
  }),
);
export type OpenAttempts = z.infer<typeof OpenAttempts>;

/** Deletes minutes that began before `before`. */
export const deleteAttemptMinutes = (db: D1Database, before: number): D1PreparedStatement =>
  sql(db)`DELETE FROM metric_counters
    WHERE name IN (${deliveries}, ${begun}, ${ended})
      AND coalesce(${minute}, 0) < ${minuteOf(before)}`;
