import type { Health, Stage } from "../ops-client.ts";
import type { Lines } from "./lines.ts";

/** The most lines of a chart: so many styles can be told apart. */
const most = 6;

/** A line for each name, with a value for each minute of the last hour. */
function linesOf(
  { minutes: { from, counts } }: Health,
  names: readonly string[],
  matches: (name: string, count: Health["minutes"]["counts"][number]) => boolean,
): Lines {
  const at = Array.from({ length: 60 }, (_, minute) => Date.parse(from) / 1000 + minute * 60);
  const valueOf = (name: string, minute: number) =>
    counts
      .filter((it) => it.minute === minute && matches(name, it))
      .reduce((sum, { count }) => sum + count, 0);
  return {
    at,
    lines: names.map((name) => ({ name, values: at.map((_, minute) => valueOf(name, minute)) })),
  };
}

/** Deliveries of a stage's messages, and failed attempts, in each minute. */
export const stageMinutes = (health: Health, stage: Stage): Lines =>
  linesOf(
    health,
    ["deliveries", "failures"],
    (name, it) => it.stage === stage && (it.code === null) === (name === "deliveries"),
  );

/** Failed attempts of all stages in each minute, a line per code, the most frequent first. */
export function failureMinutes(health: Health): Lines {
  const totals = new Map<string, number>();
  for (const { code, count } of health.minutes.counts) {
    if (code !== null) totals.set(code, (totals.get(code) ?? 0) + count);
  }
  const codes = [...totals].toSorted(([, a], [, b]) => b - a).map(([code]) => code);
  return linesOf(health, codes.slice(0, most), (name, it) => it.code === name);
}
