import { WorstMinute, worstMinute } from "../metrics/failure-minutes.ts";
import { Letters, lettersSince } from "../metrics/letters.ts";
import { type QueueReading, readQueues } from "../metrics/queues.ts";

/** What alerts are decided by. */
export interface Signals {
  queues: readonly QueueReading[];
  /** The most failures that one minute had. */
  failuresInAMinute: number;
  letters: Letters;
}

/** So far back a run looks, ms: what came and went between two runs is seen by one of them. */
const lookBackMs = 6 * 60 * 1000;

/** Rejects when D1 cannot be read: nothing is known then, and nothing is decided. */
export async function readSignals(env: Env, now: number): Promise<Signals> {
  const since = now - lookBackMs;
  const [queues, [failures, letters]] = await Promise.all([
    readQueues(env),
    env.DB.batch([worstMinute(env.DB, since), lettersSince(env.DB, since)]),
  ]);
  return {
    queues,
    failuresInAMinute: WorstMinute.parse(failures?.results[0]).failures,
    letters: Letters.parse(letters?.results),
  };
}
