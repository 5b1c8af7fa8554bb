import { DeadLetterCounts, deadLetterCounts } from "../metrics/dead-letter-counts.ts";
import {
  ModelErrors,
  modelErrorsSince,
  WorstMinute,
  worstMinute,
} from "../metrics/errors-by-minute.ts";
import { type QueueMetrics, readQueueMetrics } from "../metrics/queue-metrics.ts";
import { type RetiringModel, retiringModels } from "../models/retirement.ts";

/** What alert rules are evaluated on. */
export interface RuleInput {
  queues: readonly QueueMetrics[];
  /** The highest number of failed attempts in one minute. */
  failuresInAMinute: number;
  deadLetters: DeadLetterCounts;
  /** Model errors that an operator has to mend. */
  modelErrors: ModelErrors;
  /** Models of the settings that are gone or about to go. */
  retiringModels: readonly RetiringModel[];
}

/** Longer than the cron's interval, so that nothing between two evaluations is missed, ms. */
const lookBackMs = 6 * 60 * 1000;

/** Rejects when D1 is not available. No rule is evaluated then. */
export async function readRuleInput(env: Env, now: number): Promise<RuleInput> {
  const since = now - lookBackMs;
  const [queues, [failures, deadLetters, modelErrors]] = await Promise.all([
    readQueueMetrics(env),
    env.DB.batch([
      worstMinute(env.DB, since),
      deadLetterCounts(env.DB, since),
      modelErrorsSince(env.DB, since),
    ]),
  ]);
  return {
    queues,
    failuresInAMinute: WorstMinute.parse(failures?.results[0]).failures,
    deadLetters: DeadLetterCounts.parse(deadLetters?.results),
    modelErrors: ModelErrors.parse(modelErrors?.results),
    retiringModels: retiringModels(env, now),
  };
}
