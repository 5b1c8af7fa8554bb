import { type StageName, stageNames } from "../pipeline/stages/stage-table.ts";
import { percentile } from "./percentile.ts";
import { attemptBounds, type StageSums } from "./reading.ts";
import type { Sample } from "./samples.ts";
import { iso } from "../platform/iso.ts";

const minuteMs = 60_000;
/** Two readings that are closer together say too little of a rate, ms. */
const leastMs = 10_000;

/** Values of one thing, a place for each time; null where nothing is known. */
type Line = (number | null)[];

/** What happened at a stage between one reading and the next. */
interface StageLines {
  stage: StageName;
  attempts_per_min: Line;
  failures_per_min: Line;
  retries_per_min: Line;
  p95_s: Line;
}

/**
 * Samples as lines to be drawn. Where samples are missing for longer than `gapMs` there is a time
 * without values, so that nothing is drawn across.
 */
export function healthOf(samples: readonly Sample[], queueNames: readonly string[], gapMs: number) {
  const points = samples.flatMap((sample, index) => {
    const before = samples[index - 1];
    const isGap = before && sample.at - before.at > gapMs;
    const point = { at: sample.at, sample, before };
    return isGap ? [{ at: Math.round((before.at + sample.at) / 2) }, point] : [point];
  });
  const line = (valueOf: (sample: Sample, before: Sample | undefined) => number | null): Line =>
    points.map((point) => ("sample" in point ? valueOf(point.sample, point.before) : null));
  const inQueue = (name: string, place: 0 | 1) =>
    line(({ reading }) => {
      const found = reading.queues[name];
      return found === undefined ? 0 : (found?.[place] ?? null);
    });
  const between = (
    stage: StageName,
    valueOf: (grown: StageSums, minutes: number) => number | null,
  ) =>
    line((sample, before) => {
      const grown = before && growthOf(before.reading.stages[stage], sample.reading.stages[stage]);
      return grown ? valueOf(grown, (sample.at - before.at) / minuteMs) : null;
    });
  return {
    at: points.map(({ at }) => iso(at)),
    queues: queueNames.map((name) => ({
      name,
      messages: inQueue(name, 0),
      oldest_age_s: inQueue(name, 1),
    })),
    stages: stageNames.map((stage): StageLines => ({
      stage,
      attempts_per_min: between(stage, ({ durations }, minutes) => sum(durations) / minutes),
      failures_per_min: between(stage, ({ failures }, minutes) => failures / minutes),
      retries_per_min: between(stage, ({ retries }, minutes) => retries / minutes),
      p95_s: between(stage, ({ durations }) => percentile(0.95, attemptBounds, durations)),
    })),
  };
}

/** The samples, and then what is measured now, unless one was taken just before. */
export const withNow = (samples: readonly Sample[], now: Sample): Sample[] => {
  const last = samples.at(-1);
  return last && now.at - last.at < leastMs ? [...samples] : [...samples, now];
};

/** What was added; undefined when sums began anew, or one of them is not known. */
function growthOf(before?: StageSums, after?: StageSums): StageSums | undefined {
  if (!before || !after) return undefined;
  const grown = {
    failures: after.failures - before.failures,
    retries: after.retries - before.retries,
    durations: after.durations.map((count, place) => count - (before.durations[place] ?? 0)),
  };
  const isWhole = [grown.failures, grown.retries, ...grown.durations].every((it) => it >= 0);
  return isWhole ? grown : undefined;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
