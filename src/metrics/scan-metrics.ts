import { z } from "zod";
import { catchUp } from "../events/catch-up.ts";
import { cursorOf, head } from "../events/log-head.ts";
import type { LoggedEvent } from "../events/logged-event.ts";
import { RedactedEvent } from "../events/redacted-event.ts";
import type { LogStores } from "../events/read-log.ts";
import type { Projection } from "../events/projections/projection.ts";
import { increment, type Increment, observe } from "./series.ts";
import { raw, sql } from "../platform/sql.ts";

const names = [
  "eco2_scans_requested",
  "eco2_scans_ended",
  "eco2_scans_operated",
  "eco2_scans_tested",
  "eco2_stage_parked",
  "eco2_scan_duration_seconds_bucket",
  "eco2_scan_duration_seconds_sum",
];

/** When an ended scan was submitted, Unix ms. A redacted event does not have it. */
const Submitted = z.object({ requested_at: z.int() });

/**
 * Counts scans from the event log, which has each event exactly once. So no scan waits for its metrics,
 * and a crash neither loses a scan nor counts it twice.
 */
export const scanMetrics: Projection = {
  name: "metrics",
  rowOf(event) {
    const increments = incrementsOf(event);
    return increments.length === 0 ? null : { increments };
  },
  write: `
    INSERT INTO metric_counters (name, labels, value)
    SELECT counted.value ->> 0, counted.value ->> 1, sum(counted.value ->> 2)
    FROM json_each(?1) AS event, json_each(event.value, '$.increments') AS counted
    WHERE true GROUP BY 1, 2
    ON CONFLICT (name, labels) DO UPDATE SET value = metric_counters.value + excluded.value`,
  reset: `DELETE FROM metric_counters WHERE name IN ('${names.join("', '")}')`,
};

function incrementsOf({ type, at, data }: LoggedEvent): Increment[] {
  if (!type.startsWith("scan.")) return [];
  const event = RedactedEvent.parse({ type, data });
  switch (event.type) {
    case "scan.requested":
      return [increment("eco2_scans_requested", {})];
    case "scan.parked": {
      const { stage, error } = event.data;
      return [increment("eco2_stage_parked", { stage, code: error.code })];
    }
    case "scan.tested": {
      const { status, model } = event.data;
      return [increment("eco2_scans_tested", { status, model })];
    }
    case "scan.completed":
    case "scan.failed": {
      const { status, model, replaces, operated } = event.data;
      // A scan that was confirmed had ended before, and then waited for its resident.
      if (replaces) return [];
      const submitted = Submitted.safeParse(data);
      return [
        increment("eco2_scans_ended", { status, model }),
        ...(operated ? [increment("eco2_scans_operated", {})] : []),
        ...(submitted.success
          ? observe("eco2_scan_duration_seconds", { status }, at - submitted.data.requested_at)
          : []),
      ];
    }
    case "scan.classified":
    case "scan.rules_retrieved":
    case "scan.answered":
    case "scan.confirmed":
    case "scan.rewarded":
      return [];
  }
}

/** Counts the events that are not counted yet, in at most `slices` slices of the log. */
export async function countScans(stores: LogStores, slices: number): Promise<void> {
  await catchUp(stores, scanMetrics, slices);
}

/** Counts the events that the scan metrics have not counted yet. */
export const uncounted = (db: D1Database): D1PreparedStatement =>
  sql(db)`SELECT max(0, ${raw(head)} - ${raw(cursorOf(`'${scanMetrics.name}'`))}) AS events`;
export const Uncounted = z.object({ events: z.int() });
