import { afterEach, beforeEach, expect, inject, it, vi } from "vitest";
import { type Finding, run, shrink } from "./run.ts";
import { scheduleOf } from "./schedule.ts";
import { earlierWeights, weights } from "./steps/steps.ts";

const options = inject("chaos");

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  // What fails on purpose is logged.
  for (const level of ["info", "warn", "error"] as const) {
    vi.spyOn(console, level).mockImplementation(() => {});
  }
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const textOf = ({ broken, trace }: Finding) => [broken, ...trace].join("\n    ");

/** Runs the schedules of a seed and those after it, as many as there is time for. Returns what was broken. */
async function runFrom(
  first: number,
  count: number,
  minutes: number,
  weighted = weights,
): Promise<string[]> {
  const from = performance.now();
  const seconds = () => Math.round((performance.now() - from) / 1_000);
  const found: string[] = [];
  let steps = 0;
  let seed = first;
  for (; seed < first + count && seconds() < minutes * 60; seed++) {
    const schedule = scheduleOf(seed, weighted);
    steps += schedule.steps.length;
    const finding = await run(schedule);
    if (finding) {
      console.log(`seed ${seed} breaks: ${finding.broken}`);
      const short = await shrink(schedule);
      found.push(
        `seed ${seed} (npm run chaos -- --seed ${seed} --schedules 1)\n  ${textOf((await run(short)) ?? finding)}`,
      );
    }
    if ((seed - first) % 500 === 499) console.log(`${seed - first + 1} schedules, ${seconds()} s`);
  }
  console.log(
    `seeds ${first} to ${seed - 1}: ${seed - first} schedules, ${steps} steps, ${seconds()} s, ${found.length} broken`,
  );
  return found;
}

const anySeed = Math.floor(Math.random() * 1e9);
const [firsts, each] = options ? [[options.seed], options.schedules] : [[1, anySeed], 100];
const minutes = options?.minutes ?? 0.15;

it.each(firsts)(
  "a scan and its model agree in every schedule from seed %i on",
  { timeout: minutes * 60_000 + 300_000 },
  async (first) => {
    expect((await runFrom(first, each, minutes)).join("\n\n")).toBe("");
  },
);

/**
 * Seeds that have found a fault: a death in an erasure, an erasure while a job is tracked, an alarm an hour late, a
 * record that had expired and survived an erasure. Their schedules are of the kinds that there were.
 */
it.each(options ? [] : [270, 760, 1747, 200_663, 204_151])(
  "a scan and its model agree in the schedule of seed %i",
  async (seed) => {
    expect((await runFrom(seed, 1, minutes, earlierWeights)).join("\n\n")).toBe("");
  },
);
