import type { Health, Overview } from "../ops-client.ts";

/** A line's value at each time of the chart; null where it is unknown. */
export interface Line {
  name: string;
  values: (number | null)[];
}

/** The data of a chart; times are Unix s, as in uPlot. */
export interface Lines {
  at: number[];
  lines: Line[];
}

/** A sample of the queues, taken while the page is open. */
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

/** The server's samples and the page's own as lines, each over some queues. */
export function queueLines(
  health: Health,
  live: readonly LivePoint[],
  measure: Measure,
  lines: readonly QueueLine[],
): Lines {
  const sampled = seconds(health.at).map((at, index) => ({
    at,
    of: (queue: Queue) => queue[measure][index] ?? null,
  }));
  const own = live.map(({ at, queues }) => ({
    at,
    of: (queue: Queue) => queues.get(queue.name)?.[measure] ?? null,
  }));
  const points = [...sampled, ...own].toSorted((a, b) => a.at - b.at);
  const combine = measure === "messages" ? sum : max;
  return {
    at: points.map(({ at }) => at),
    lines: lines.map(({ name, of }) => {
      const queues = health.queues.filter((queue) => of(queue));
      return {
        name,
        values: points.map((point) => combine(queues.map((queue) => point.of(queue)))),
      };
    }),
  };
}

const present = (values: (number | null)[]) => values.filter((it) => it !== null);

/** Null when any value is unknown. */
const sum = (values: (number | null)[]) =>
  values.includes(null) ? null : present(values).reduce((total, value) => total + value, 0);

const max = (values: (number | null)[]) => {
  const all = present(values);
  return all.length === 0 ? null : Math.max(...all);
};

/** A line, and the queues that it combines. */
interface QueueLine {
  name: string;
  of: (queue: Pick<Queue, "name" | "kind" | "stage">) => boolean;
}

/** A line per stage, or a line per queue of one stage, or of no stage. */
export function queueLinesOf({ queues, stages }: Health, selected: string): QueueLine[] {
  if (selected === "stages") {
    return stages.map(({ stage }) => ({
      name: stage,
      of: (queue) => queue.kind === "stage" && queue.stage === stage,
    }));
  }
  return queues
    .filter(({ stage }) => (selected === "others" ? stage === null : stage === selected))
    .map(({ name }) => ({ name, of: (queue) => queue.name === name }));
}

/** Attempts, failures and retries of a stage. */
export const stageLines = ({ at }: Health, stage: Health["stages"][number]): Lines => ({
  at: seconds(at),
  lines: [
    { name: "attempts", values: fromPrevious(stage.attempts_per_min) },
    { name: "failures", values: fromPrevious(stage.failures_per_min) },
    { name: "retries", values: fromPrevious(stage.retries_per_min) },
  ],
});

/** Duration of attempts, a line per stage. */
export const latencyLines = ({ at, stages }: Health): Lines => ({
  at: seconds(at),
  lines: stages.map(({ stage, p95_s }) => ({ name: stage, values: fromPrevious(p95_s) })),
});

/** A value covers the time since the previous one, so that its line begins there. */
const fromPrevious = (values: (number | null)[]) =>
  values.map((value, index) => value ?? values[index + 1] ?? null);
