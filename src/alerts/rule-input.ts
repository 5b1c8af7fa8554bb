import type { z } from "zod";
import { tryControl } from "../control-client.ts";
import { OpenAttempts, openAttempts } from "../metrics/attempts-by-minute.ts";
import { DeadLetterCounts, deadLetterCounts } from "../metrics/dead-letter-counts.ts";
import {
  ModelErrors,
  modelErrorsSince,
  WorstMinute,
  worstMinute,
} from "../metrics/errors-by-minute.ts";
import { metrics } from "../metrics/metrics-buffer.ts";
import { type QueueMetrics, readQueueMetrics } from "../metrics/queue-metrics.ts";
import { type RetiringModel, retiringModels } from "../models/retirement.ts";
import { UnreadRows, unreadRowsSince } from "../metrics/unread-rows.ts";
import type { Control } from "../pipeline/control.ts";
import { parseRows } from "../platform/parse-rows.ts";
import { countHistoryFrom, selectCountHistory } from "../service-levels/count-history.ts";
import type { CountHistory } from "../service-levels/error-budget.ts";

/** What alert rules are evaluated on. */
export interface RuleInput {
  queues: readonly QueueMetrics[];
  /** The highest number of failed attempts in one minute, and what most of them were. */
  worstMinute: z.infer<typeof WorstMinute>;
  deadLetters: DeadLetterCounts;
  /** Model errors that an operator has to mend. */
  modelErrors: ModelErrors;
  /** Models of the settings that are gone or about to go. */
  retiringModels: readonly RetiringModel[];
  /** Attempts without an end, by stage. */
  attempts: OpenAttempts;
  /** Rows that did not parse, by store. */
  unreadRows: UnreadRows;
  /** Null while it cannot be reached. */
  control: Control | null;
  /** What the service levels are computed from. */
  counts: CountHistory;
}

/** Longer than the cron's interval, so that nothing between two evaluations is missed, ms. */
const lookBackMs = 6 * 60 * 1000;
/** How far back an attempt without an end is counted, ms. */
const unendedMs = 30 * 60 * 1000;

const counters = { store: "metric_counters" };

/** Rejects when D1 is not available. No rule is evaluated then. */
export async function readRuleInput(env: Env, now: number): Promise<RuleInput> {
  await metrics.flush(env.DB, "now");
  const since = now - lookBackMs;
  const [queues, control, [failures, deadLetters, modelErrors, attempts, unread, ...counts]] =
    await Promise.all([
      readQueueMetrics(env),
      tryControl(env, (object) => object.snapshot()),
      env.DB.batch([
        worstMinute(env.DB, since),
        deadLetterCounts(env.DB, since),
        modelErrorsSince(env.DB, since),
        openAttempts(env.DB, now - unendedMs, now),
        unreadRowsSince(env.DB, since),
        ...selectCountHistory(env.DB, now),
      ]),
    ]);
  return {
    queues,
    worstMinute: WorstMinute.parse(failures?.results[0]),
    deadLetters: parseRows(DeadLetterCounts.element, deadLetters?.results, {
      store: "dead_letters",
    }),
    modelErrors: parseRows(ModelErrors.element, modelErrors?.results, counters),
    retiringModels: retiringModels(env, now),
    attempts: parseRows(OpenAttempts.element, attempts?.results, counters),
    unreadRows: parseRows(UnreadRows.element, unread?.results, counters),
    control,
    counts: countHistoryFrom(counts, now),
  };
}
