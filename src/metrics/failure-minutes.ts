import { z } from "zod";
import type { Sum } from "./families.ts";

/**
 * Failures of each minute of the clock, beside the metrics. They are counters that end by themselves:
 * whoever asks reads the same, so that nobody has to keep what was read the last time.
 */
const name = "failures_by_minute";
const minuteMs = 60_000;

const minuteOf = (at: number) => Math.floor(at / minuteMs);

/** A failure that happened at `at`. */
export const failuresByMinute = (at: number): Sum => [name, String(minuteOf(at)), 1];

/** The most failures that one minute had, since the one that holds `since`. */
export function worstMinute(db: D1Database, since: number): D1PreparedStatement {
  return db
    .prepare(
      `SELECT coalesce(max(value), 0) AS failures FROM metric_counters
       WHERE name = ?1 AND CAST(labels AS INTEGER) >= ?2`,
    )
    .bind(name, minuteOf(since));
}
export const WorstMinute = z.object({ failures: z.number() });

/** Deletes minutes that began before `before`. */
export function forgetMinutes(db: D1Database, before: number): D1PreparedStatement {
  return db
    .prepare("DELETE FROM metric_counters WHERE name = ?1 AND CAST(labels AS INTEGER) < ?2")
    .bind(name, minuteOf(before));
}
