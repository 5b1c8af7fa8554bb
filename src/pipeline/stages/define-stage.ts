import type { z } from "zod";
import type { OnText, Ports } from "../../ports.ts";
import type { Backoff } from "../backoff.ts";

/** Tells a stage's queues apart: the first has the plain name, the others a suffix. */
export type Shard = "" | `${number}` | "bulk";

/** The queues of a stage that asks models: many, since a batch waits for its slowest answer. */
export const modelShards = [
  "",
  "1",
  "2",
  "3",
  "4",
  "5",
  "6",
  "7",
  "8",
  "9",
  "10",
  "11",
  "12",
  "13",
  "14",
  "15",
  "bulk",
] as const satisfies Shard[];

/** One row of the stage table. Times are milliseconds. */
export interface StageRow<
  Name extends string,
  Input extends z.ZodObject,
  Output extends z.ZodType,
  Shards extends readonly Shard[],
> {
  name: Name;
  /** The checkpoints the stage reads: its dependencies. */
  input: Input;
  output: Output;
  /** How often the stage is tried before the job is parked. */
  attempts: number;
  /** When a running attempt is aborted. */
  deadlineMs: number;
  /** When an attempt that was not heard of counts as dead; longer than the deadline. */
  leaseMs: number;
  /** How long the stage may wait to be run before the job is parked. */
  ttlMs: number;
  backoff: Backoff;
  /** Percent of the scan before and after the stage. */
  progress: { from: number; to: number };
  /** Whether it runs at once where its predecessor has just finished, without crossing its queue. */
  inline: boolean;
  /**
   * Its queues. A job keeps to one numbered shard, or goes in bulk; a queue hands out one batch at a
   * time locally, and 5,000 messages a second in production.
   */
  shards: Shards;
  /** How each hands messages out: at most `size` at once, after at most `waitSeconds`. */
  batch: { size: number; waitSeconds: number };
  /** `onText` is given the text that a stage generates, as far as it has come. */
  run(
    input: z.output<Input>,
    ports: Ports,
    signal: AbortSignal,
    onText: OnText,
  ): Promise<z.input<Output>>;
}

/**
 * Checks a row when the table is loaded and closes it over its types: `execute` parses the
 * checkpoints, runs the stage, and parses what it returns.
 */
export function defineStage<
  const Name extends string,
  Input extends z.ZodObject,
  Output extends z.ZodType,
  const Shards extends readonly Shard[],
>(row: StageRow<Name, Input, Output, Shards>) {
  const { name, input, output, attempts, deadlineMs, leaseMs, ttlMs, progress } = row;
  if (attempts < 1) throw new RangeError(`Stage ${name} needs at least one attempt`);
  if (leaseMs <= deadlineMs) throw new RangeError(`Stage ${name} outlives its lease`);
  if (ttlMs < leaseMs) throw new RangeError(`Stage ${name} expires before its lease`);
  if (progress.to < progress.from) throw new RangeError(`Stage ${name} goes backwards`);
  return {
    ...row,
    async execute(
      checkpoints: unknown,
      ports: Ports,
      signal: AbortSignal,
      onText: OnText = () => {},
    ): Promise<z.output<Output>> {
      return output.parse(await row.run(input.parse(checkpoints), ports, signal, onText));
    },
  };
}
