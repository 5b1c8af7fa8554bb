import { z } from "zod";
import { stageNames, StageName } from "../pipeline/stages/stage-table.ts";
import { seriesFrom } from "./counters.ts";
import { metrics } from "./metrics-buffer.ts";
import { metricsRegistry } from "./metrics-registry.ts";
import { readQueueMetrics } from "./queue-metrics.ts";
import type { Labels } from "./series.ts";
import { countedNames, serviceLevelCounts, ServiceLevelCounts } from "../service-levels/counts.ts";
import { sql } from "../platform/sql.ts";

/** The counters of a stage. They only grow, so that two measurements give a rate. */
const StageTotals = z.object({
  failures: z.number(),
  retries: z.number(),
  /** Attempts by duration: one count for each of `attemptBounds`, and one beyond the last. */
  durations: z.array(z.number()),
});
export type StageTotals = z.infer<typeof StageTotals>;

/** All queues and stages at one time. */
export const Measurement = z.object({
  /** Messages and the oldest age in seconds. An empty queue is absent; null could not be read. */
  queues: z.record(z.string(), z.tuple([z.number(), z.number()]).nullable()),
  stages: z.partialRecord(StageName, StageTotals),
  /** Absent in samples of earlier versions. */
  serviceLevels: ServiceLevelCounts.optional(),
});
export type Measurement = z.infer<typeof Measurement>;

/** Upper bounds of an attempt's duration, in seconds. */
export const attemptBounds: readonly number[] = metricsRegistry.eco2_stage_duration_seconds.buckets;

const names = [
  "eco2_stage_failures",
  "eco2_stage_retries",
  "eco2_stage_duration_seconds_bucket",
  ...countedNames,
];

/** Measures all queues and stages now. Rejects when D1 is not available. */
export async function measure(env: Env): Promise<Measurement> {
  await metrics.flush(env.DB, "now");
  const [queues, { results }] = await Promise.all([
    readQueueMetrics(env),
    sql(env.DB)`SELECT name, labels, value FROM metric_counters
      WHERE name IN (SELECT value FROM json_each(${JSON.stringify(names)}))`.all(),
  ]);
  const totals = Object.fromEntries(stageNames.map((stage) => [stage, zeroTotals()]));
  const series = seriesFrom(results);
  for (const { name, labels, value } of series) {
    const stage = totals[labels["stage"] ?? ""];
    if (!stage) continue;
    if (name === "eco2_stage_failures") stage.failures += value;
    else if (name === "eco2_stage_retries") stage.retries += value;
    else if (name === "eco2_stage_duration_seconds_bucket")
      stage.durations[bucketIndex(labels)] = value;
  }
  return {
    queues: Object.fromEntries(
      queues
        .filter(({ backlog }) => backlog?.messages !== 0)
        .map(({ name, backlog }) => [
          name,
          backlog && [backlog.messages, Math.round(backlog.oldestAgeSeconds)],
        ]),
    ),
    stages: totals,
    serviceLevels: serviceLevelCounts(series),
  };
}

const zeroTotals = (): StageTotals => ({
  failures: 0,
  retries: 0,
  durations: Array.from({ length: attemptBounds.length + 1 }, () => 0),
});

/** The index of a bucket. One whose bound is no longer in the registry counts in the next higher. */
function bucketIndex({ le = "+Inf" }: Labels): number {
  const index = attemptBounds.findIndex((bound) => Number(le) <= bound);
  return index === -1 ? attemptBounds.length : index;
}
