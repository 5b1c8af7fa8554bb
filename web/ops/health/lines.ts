import type { Health, Overview } from "../api/shapes.ts";

/** Values of one thing over the times of its chart; null where nothing is known. */
export interface Line {
  name: string;
  values: (number | null)[];
}

/** What a chart is drawn from; times are Unix s, as uPlot has them. */
export interface Lines {
  at: number[];
  lines: Line[];
}

/** What was seen of the queues while the page is open. */
export interface LivePoint {
  at: number;
  queues: Map<string, { messages: number | null; oldest_age_s: number | null }>;
}

export const livePointOf = ({ at, queues }: Overview): LivePoint => ({
  at: Date.parse(at) / 1000,
  queues: new Map(queues.map((queue) => [queue.name, queue])),
});

type Measure = "messages" | "oldest_age_s";
type Queue = Health["queues"][number];

const seconds = (times: string[]) => times.map((at) => Date.parse(at) / 1000);

/** Queues over time, kept samples and what was seen since together; each line is of some queues. */
export function queueLines(
  health: Health,
  live: readonly LivePoint[],
  measure: Measure,
  lines: readonly QueueLine[],
): Lines {
  const sampled = seconds(health.at).map((at, place) => ({
    at,
    of: (queue: Queue) => queue[measure][place] ?? null,
  }));
  const seen = live.map(({ at, queues }) => ({
    at,
    of: (queue: Queue) => queues.get(queue.name)?.[measure] ?? null,
  }));
  const points = [...sampled, ...seen].toSorted((a, b) => a.at - b.at);
  const fold = measure === "messages" ? sum : most;
  return {
    at: points.map(({ at }) => at),
    lines: lines.map(({ name, of }) => {
      const queues = health.queues.filter((queue) => of(queue));
      return { name, values: points.map((point) => fold(queues.map((queue) => point.of(queue)))) };
    }),
  };
}

const known = (values: (number | null)[]) => values.filter((it) => it !== null);

/** Null when any is not known: less than all is no sum. */
const sum = (values: (number | null)[]) =>
  values.includes(null) ? null : known(values).reduce((total, value) => total + value, 0);

const most = (values: (number | null)[]) => {
  const all = known(values);
  return all.length === 0 ? null : Math.max(...all);
};

/** A line of a chart of queues, and which queues it takes together. */
export interface QueueLine {
  name: string;
  of: (queue: Pick<Queue, "name" | "kind" | "stage">) => boolean;
}

/** All stages, a line each; or each queue of one stage, or of none. */
export function queueLinesOf({ queues, stages }: Health, shown: string): QueueLine[] {
  if (shown === "stages") {
    return stages.map(({ stage }) => ({
      name: stage,
      of: (queue) => queue.kind === "stage" && queue.stage === stage,
    }));
  }
  return queues
    .filter(({ stage }) => (shown === "others" ? stage === null : stage === shown))
    .map(({ name }) => ({ name, of: (queue) => queue.name === name }));
}

/** What a stage did, a line each. */
export const stageLines = ({ at }: Health, stage: Health["stages"][number]): Lines => ({
  at: seconds(at),
  lines: [
    { name: "attempts", values: sinceBefore(stage.attempts_per_min) },
    { name: "failures", values: sinceBefore(stage.failures_per_min) },
    { name: "retries", values: sinceBefore(stage.retries_per_min) },
  ],
});

/** How long attempts ran, a line each stage. */
export const latencyLines = ({ at, stages }: Health): Lines => ({
  at: seconds(at),
  lines: stages.map(({ stage, p95_s }) => ({ name: stage, values: sinceBefore(p95_s) })),
});

/** A value is of the time since the one before it, so that the first of a line begins there. */
const sinceBefore = (values: (number | null)[]) =>
  values.map((value, place) => value ?? values[place + 1] ?? null);
