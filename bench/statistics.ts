import { z } from "zod";

/** Percentiles of many times, ms; null for none. */
export const Times = z.object({ p50: z.number(), p95: z.number(), p99: z.number() }).nullable();
export type Times = z.infer<typeof Times>;

export function timesOf(values: readonly number[]): Times {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
  return sorted.length === 0 ? null : { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

/** One figure of several rounds, which shows the machine's noise. */
export const Figure = z.object({ min: z.number(), median: z.number(), max: z.number() });
export type Figure = z.infer<typeof Figure>;

/** Null when no round has it. */
export function figureOf(rounds: readonly (number | null | undefined)[]): Figure | null {
  const sorted = rounds.filter((it) => typeof it === "number").toSorted((a, b) => a - b);
  const [min, median, max] = [sorted[0], sorted[sorted.length >> 1], sorted.at(-1)];
  return min === undefined || median === undefined || max === undefined
    ? null
    : { min, median, max };
}
