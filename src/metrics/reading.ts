import { z } from "zod";
import { stageNames, StageName } from "../pipeline/stages/stage-table.ts";
import { families, type Labels } from "./families.ts";
import { metrics } from "./ledger.ts";
import { readQueues } from "./queues.ts";
import { seriesIn } from "./stored.ts";

/** What a stage has added up to so far: it only grows, so that two readings say what came between. */
const StageSums = z.object({
  failures: z.number(),
  retries: z.number(),
  /** Attempts by how long they ran: one for each bound of `attemptBounds`, and those beyond the last. */
  durations: z.array(z.number()),
});
export type StageSums = z.infer<typeof StageSums>;

/**
 * What is measured at one moment, small enough to be kept. A queue that is not named was empty; null
 * could not be read.
 */
export const Reading = z.object({
  queues: z.record(z.string(), z.tuple([z.number(), z.number()]).nullable()),
  stages: z.partialRecord(StageName, StageSums),
});
export type Reading = z.infer<typeof Reading>;

/** Upper bounds of an attempt's duration, s. */
export const attemptBounds: readonly number[] = families.eco2_stage_duration_seconds.buckets;

const names = ["eco2_stage_failures", "eco2_stage_retries", "eco2_stage_duration_seconds_bucket"];

/** Reads all queues and stages as they are now. Rejects when D1 cannot be read. */
export async function readNow(env: Env): Promise<Reading> {
  await metrics.flush(env.DB, "now");
  const [queues, { results }] = await Promise.all([
    readQueues(env),
    env.DB.prepare(
      "SELECT name, labels, value FROM metric_counters WHERE name IN (SELECT value FROM json_each(?))",
    )
      .bind(JSON.stringify(names))
      .all(),
  ]);
  const sums = Object.fromEntries(stageNames.map((stage) => [stage, nothingYet()]));
  for (const { name, labels, value } of seriesIn(results)) {
    const stage = sums[labels["stage"] ?? ""];
    if (!stage) continue;
    if (name === "eco2_stage_failures") stage.failures += value;
    else if (name === "eco2_stage_retries") stage.retries += value;
    else stage.durations[bucketOf(labels)] = value;
  }
  return {
    queues: Object.fromEntries(
      queues
        .filter(({ waiting }) => waiting?.messages !== 0)
        .map(({ name, waiting }) => [
          name,
          waiting && [waiting.messages, Math.round(waiting.oldestAgeSeconds)],
        ]),
    ),
    stages: sums,
  };
}

const nothingYet = (): StageSums => ({
  failures: 0,
  retries: 0,
  durations: Array.from({ length: attemptBounds.length + 1 }, () => 0),
});

/** The place of a bucket; one of bounds that were changed since counts for the next above it. */
function bucketOf({ le = "+Inf" }: Labels): number {
  const place = attemptBounds.findIndex((bound) => Number(le) <= bound);
  return place === -1 ? attemptBounds.length : place;
}
