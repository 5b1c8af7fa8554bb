import { log } from "../platform/log.ts";
import { costOf, type ModelCall } from "../pipeline/model-call.ts";
import type { StageName } from "../pipeline/stages/stage-table.ts";
import { added, observed, type Sum } from "./families.ts";
import { failuresByMinute } from "./failure-minutes.ts";
import { metrics } from "./ledger.ts";

/** What is known of one delivery of a stage's message, or of a stage that ran without one. */
export interface Attempt {
  job: string;
  stage: StageName;
  traceparent: string;
  /** Counts the stage's attempts from 1; undefined when none began. */
  attempt?: number | undefined;
  outcome: string;
  /** Why it failed; undefined when it did not. */
  code?: string | undefined;
  /** Until it is tried again. */
  retryInSeconds?: number | undefined;
  latencyMs: number;
  /** Undefined for a stage that ran right behind the one before. */
  queued?: { waitMs: number; delivery: number } | undefined;
  calls?: readonly ModelCall[] | undefined;
}

/** Outcomes after which the same stage is tried again. */
const triedAgain = new Set(["retrying", "sent"]);

/** One attempt, told three times: a line of the log, a point of Analytics Engine, and sums. */
export function tellAttempt(env: Partial<Pick<Env, "METRICS">>, attempt: Attempt): void {
  const line = lineOf(attempt);
  log("info", "stage.attempt", line);
  metrics.add(sumsOf(attempt, Date.now()));
  try {
    env.METRICS?.writeDataPoint(pointOf(line));
  } catch (error) {
    // Too many points in one invocation. The attempt went as it went.
    log("warn", "metrics.no_point", { error: String(error) });
  }
}

/** The model that answered, or failed last; null when none was asked. */
const modelOf = ({ calls = [] }: Attempt) => calls.at(-1)?.model ?? null;

/** The trace's id in a W3C trace context. */
export const traceIdOf = (traceparent: string): string => traceparent.split("-")[1] ?? "";

function lineOf(attempt: Attempt) {
  const { job, stage, outcome, code, latencyMs, queued, calls = [], traceparent } = attempt;
  return {
    job,
    stage,
    attempt: attempt.attempt,
    outcome,
    code,
    latency_ms: latencyMs,
    queue_wait_ms: queued?.waitMs,
    model: modelOf(attempt),
    ...costOf(calls),
    trace_id: traceIdOf(traceparent),
    delivery: queued?.delivery,
    retry_in_s: attempt.retryInSeconds,
  };
}

/** What each column of a point is, in order; docs/debugging.md names them by their place. */
export const pointColumns = {
  indexes: ["stage"],
  blobs: ["stage", "outcome", "code", "model"],
  doubles: [
    "latency_ms",
    "queue_wait_ms",
    "input_tokens",
    "output_tokens",
    "cost_usd",
    "attempt",
    "delivery",
  ],
} as const;

function pointOf(line: ReturnType<typeof lineOf>): AnalyticsEngineDataPoint {
  return {
    indexes: pointColumns.indexes.map((column) => line[column]),
    blobs: pointColumns.blobs.map((column) => line[column] ?? ""),
    doubles: pointColumns.doubles.map((column) => line[column] ?? 0),
  };
}

function sumsOf(attempt: Attempt, now: number): Sum[] {
  const { stage, outcome, code, latencyMs, queued, calls = [] } = attempt;
  return [
    added("eco2_stage_attempts", { stage, outcome }),
    ...(code === undefined
      ? []
      : [added("eco2_stage_failures", { stage, code }), failuresByMinute(now)]),
    ...(triedAgain.has(outcome) ? [added("eco2_stage_retries", { stage })] : []),
    ...(attempt.attempt === undefined
      ? []
      : observed("eco2_stage_duration_seconds", { stage }, latencyMs)),
    ...(attempt.attempt === undefined || !queued
      ? []
      : observed("eco2_stage_queue_wait_seconds", { stage }, queued.waitMs)),
    ...calls.flatMap(sumsOfCall),
  ];
}

function sumsOfCall({ model, reused, error, ...call }: ModelCall): Sum[] {
  const outcome = error?.code ?? (reused ? "reused" : "answered");
  const paid: Sum[] = [
    added("eco2_model_tokens", { model, direction: "input" }, call.input_tokens),
    added("eco2_model_tokens", { model, direction: "output" }, call.output_tokens),
    added("eco2_model_cost_usd", { model }, call.cost_usd),
  ];
  return [
    added("eco2_model_calls", { model, outcome }),
    // What cost nothing is no row to write.
    ...paid.filter(([, , value]) => value > 0),
  ];
}
