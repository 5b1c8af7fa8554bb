import type { z } from "zod";
import type { OnText, Ports } from "../../ports.ts";

/** Distinguishes the queues of a stage: the first has the plain name, the others a suffix. */
export type Shard = "" | `${number}` | "bulk";

/** The queues of a stage that starts a hop: its own, and one for those who have many scans open. */
export const hopShards = ["", "bulk"] as const satisfies Shard[];

/**
 * How often a stage's queue redelivers a message: more often than the job allows attempts, so that
 * deliveries which are early, duplicate or cannot reach the job use up none of them.
 */
export const queueRetries = 20;

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
  /** Attempts before the job is parked. */
  attempts: number;
  /** When a running attempt is aborted, ms. */
  deadlineMs: number;
  /** How long the stage may wait to run before the job is parked, ms. */
  ttlMs: number;
  /** Progress of the scan before and after the stage, percent. */
  progress: { from: number; to: number };
  /**
   * Its queues in production, where each hands out 250 batches at a time. A job keeps to one shard, or to the
   * bulk queue.
   */
  shards: Shards;
  /** Batches of each queue: at most `size` messages, after at most `waitSeconds`. */
  batch: { size: number; waitSeconds: number };
  /** Runs the stage. `onText` receives the generated text so far, each time it has grown. */
  run(
    input: z.output<Input>,
    ports: Ports,
    signal: AbortSignal,
    onText: OnText,
  ): Promise<z.input<Output>>;
}

/**
 * Validates a row when the table is loaded, and closes it over its types: `execute` parses the
 * checkpoints, runs the stage, and parses its output.
 *
 * @throws {RangeError} when limits of the row contradict each other.
 */
export function defineStage<
  const Name extends string,
  Input extends z.ZodObject,
  Output extends z.ZodType,
  const Shards extends readonly Shard[],
>(row: StageRow<Name, Input, Output, Shards>) {
  const { name, input, output, attempts, deadlineMs, ttlMs, progress } = row;
  if (attempts < 1) throw new RangeError(`Stage ${name} needs at least one attempt`);
  if (ttlMs < deadlineMs) throw new RangeError(`Stage ${name} expires before its deadline`);
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
