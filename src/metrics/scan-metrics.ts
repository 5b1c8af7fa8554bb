import { z } from "zod";
import { catchUp } from "../events/catch-up.ts";
import type { LoggedEvent } from "../events/logged-event.ts";
import { RedactedEvent } from "../events/redacted-event.ts";
import type { Projection } from "../events/projections/projection.ts";
import { added, observed, type Sum } from "./families.ts";

const names = [
  "eco2_scans_requested",
  "eco2_scans_ended",
  "eco2_stage_parked",
  "eco2_scan_duration_seconds_bucket",
  "eco2_scan_duration_seconds_sum",
];

/** When an ended scan was submitted, Unix ms; an event that was redacted does not say it any more. */
const Submitted = z.object({ requested_at: z.int() });

/**
 * Counts whole scans. They are read from the event log, which has each once, and not counted where
 * they happen: no scan waits for it, and none is missing or doubled, whatever dies.
 */
export const scanMetrics: Projection = {
  name: "metrics",
  rowOf(event) {
    const sums = sumsOf(event);
    return sums.length === 0 ? null : { sums };
  },
  write: `
    INSERT INTO metric_counters (name, labels, value)
    SELECT counted.value ->> 0, counted.value ->> 1, sum(counted.value ->> 2)
    FROM json_each(?1) AS event, json_each(event.value, '$.sums') AS counted
    WHERE true GROUP BY 1, 2
    ON CONFLICT (name, labels) DO UPDATE SET value = metric_counters.value + excluded.value`,
  reset: `DELETE FROM metric_counters WHERE name IN ('${names.join("', '")}')`,
};

function sumsOf({ type, at, data }: LoggedEvent): Sum[] {
  const event = RedactedEvent.parse({ type, data });
  switch (event.type) {
    case "scan.requested":
      return [added("eco2_scans_requested", {})];
    case "scan.parked": {
      const { stage, error } = event.data;
      return [added("eco2_stage_parked", { stage, code: error.code })];
    }
    case "scan.completed":
    case "scan.failed": {
      const { status, model } = event.data;
      const submitted = Submitted.safeParse(data);
      return [
        added("eco2_scans_ended", { status, model }),
        ...(submitted.success
          ? observed("eco2_scan_duration_seconds", { status }, at - submitted.data.requested_at)
          : []),
      ];
    }
    case "scan.classified":
    case "scan.answered":
    case "scan.rewarded":
      return [];
  }
}

/** Counts what the log has and the metrics do not, at most so many slices of it. */
export async function countScans(db: D1Database, slices: number): Promise<void> {
  await catchUp(db, scanMetrics, slices);
}

/** How many events are not counted yet. */
export const uncounted = (db: D1Database): D1PreparedStatement =>
  db
    .prepare(
      `SELECT count(*) AS events FROM events
       WHERE cursor > coalesce((SELECT cursor FROM event_readers WHERE name = ?1), 0)`,
    )
    .bind(scanMetrics.name);
export const Uncounted = z.object({ events: z.int() });
