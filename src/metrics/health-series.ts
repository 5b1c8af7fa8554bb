import { type StageName, stageNames } from "../pipeline/stages/stage-table.ts";
import { iso } from "../platform/iso.ts";
import { attemptBounds, type StageTotals } from "./measurement.ts";
import { percentile } from "./percentile.ts";
import type { Sample } from "./samples.ts";

const minuteMs = 60_000;
/** The least time between two samples for a rate, ms. */
const minIntervalMs = 10_000;

/** One value for each time; null where it is not known. */
type Values = (number | null)[];

/**
 * The time series of samples, for charts. Where samples are missing for longer than `gapMs`, a time
 * without values breaks the lines.
 */
export function healthSeries(
  samples: readonly Sample[],
  queueNames: readonly string[],
  gapMs: number,
) {
  const points = samples.flatMap((sample, index) => {
    const before = samples[index - 1];
    const isGap = before && sample.at - before.at > gapMs;
    const point = { at: sample.at, sample, before };
    return isGap ? [{ at: Math.round((before.at + sample.at) / 2) }, point] : [point];
  });
  const valuesOf = (
    valueOf: (sample: Sample, before: Sample | undefined) => number | null,
  ): Values =>
    points.map((point) => ("sample" in point ? valueOf(point.sample, point.before) : null));
  const queueValues = (name: string, index: 0 | 1) =>
    valuesOf(({ measurement }) => {
      const queue = measurement.queues[name];
      return queue === undefined ? 0 : (queue?.[index] ?? null);
    });
  const stageValues = (
    stage: StageName,
    valueOf: (increase: StageTotals, minutes: number) => number | null,
  ) =>
    valuesOf((sample, before) => {
      const increase =
        before && increaseOf(before.measurement.stages[stage], sample.measurement.stages[stage]);
      return increase ? valueOf(increase, (sample.at - before.at) / minuteMs) : null;
    });
  return {
    at: points.map(({ at }) => iso(at)),
    queues: queueNames.map((name) => ({
      name,
      messages: queueValues(name, 0),
      oldest_age_s: queueValues(name, 1),
    })),
    stages: stageNames.map((stage) => ({
      stage,
      attempts_per_min: stageValues(stage, ({ durations }, minutes) => sum(durations) / minutes),
      failures_per_min: stageValues(stage, ({ failures }, minutes) => failures / minutes),
      retries_per_min: stageValues(stage, ({ retries }, minutes) => retries / minutes),
      p95_s: stageValues(stage, ({ durations }) => percentile(0.95, attemptBounds, durations)),
    })),
  };
}

/** The samples with the current one, unless the last was taken within `minIntervalMs`. */
export const withCurrent = (samples: readonly Sample[], current: Sample): Sample[] => {
  const last = samples.at(-1);
  return last && current.at - last.at < minIntervalMs ? [...samples] : [...samples, current];
};

/** The increase of the totals; undefined when one is missing, or when a counter was reset. */
function increaseOf(before?: StageTotals, after?: StageTotals): StageTotals | undefined {
  if (!before || !after) return undefined;
  const increase = {
    failures: after.failures - before.failures,
    retries: after.retries - before.retries,
    durations: after.durations.map((count, index) => count - (before.durations[index] ?? 0)),
  };
  const wasReset = [increase.failures, increase.retries, ...increase.durations].some(
    (it) => it < 0,
  );
  return wasReset ? undefined : increase;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
