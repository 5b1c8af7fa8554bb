import { alertCodes } from "../models/error-table.ts";
import { costOf, type ModelCall } from "../pipeline/model-call.ts";
import type { StageName } from "../pipeline/stages/stage-table.ts";
import { log } from "../platform/log.ts";
import { deliveryInMinute } from "./attempts-by-minute.ts";
import { failureInMinute, modelErrorInMinute } from "./errors-by-minute.ts";
import { metrics } from "./metrics-buffer.ts";
import { increment, type Increment, observe } from "./series.ts";

/** One delivery of a stage's message. */
export interface Attempt {
  job: string;
  stage: StageName;
  traceparent: string;
  /** The redrives that the job had when the message was sent. */
  redrives?: number | undefined;
  /** Counted from 1; undefined when the delivery began no attempt. */
  attempt?: number | undefined;
  outcome: string;
  /** The error code; undefined when it did not fail. */
  code?: string | undefined;
  retryInSeconds?: number | undefined;
  latencyMs: number;
  /** Undefined for a stage without a message of its own. */
  queued?: { waitMs: number; delivery: number } | undefined;
  calls?: readonly ModelCall[] | undefined;
  /** The class that the vision stage chose, as `major>middle`. */
  category?: string | undefined;
  /** Of a test scan: metrics have its tokens and cost alone. */
  test?: boolean | undefined;
  /** The stages that ran behind this one in its hop. */
  trailing?: readonly { stage: StageName; latencyMs: number }[] | undefined;
}

/** What metrics count: an attempt, or one of a stage that ran behind it. */
type Measured = Omit<Attempt, "trailing">;

/** Outcomes after which the stage runs again. */
const retried = new Set(["retrying", "sent"]);

/**
 * Records an attempt: in one line of the log, and in the metrics and as a data point of Analytics Engine for
 * each stage that it ran.
 */
export function recordAttempt(
  env: Partial<Pick<Env, "METRICS">>,
  { trailing = [], ...attempt }: Attempt,
): void {
  log("info", "stage.attempt", {
    ...lineOf(attempt),
    ...(trailing.length > 0 && {
      trailing_ms: Object.fromEntries(trailing.map((it) => [it.stage, it.latencyMs])),
    }),
  });
  const { job, traceparent, outcome } = attempt;
  if (attempt.test) {
    metrics.add((attempt.calls ?? []).flatMap(costIncrementsOf));
    return;
  }
  const behind = trailing.map((it) => ({ job, traceparent, outcome, attempt: 1, ...it }));
  for (const it of [attempt, ...behind]) measure(env, it);
}

function measure(env: Partial<Pick<Env, "METRICS">>, attempt: Measured) {
  metrics.add(incrementsOf(attempt, Date.now()));
  try {
    env.METRICS?.writeDataPoint(pointOf(lineOf(attempt)));
  } catch (error) {
    // An invocation may write 250 points. The attempt itself is not affected.
    log("warn", "metrics.point_not_written", { error: String(error) });
  }
}

function lineOf(attempt: Measured) {
  const { job, stage, outcome, code, latencyMs, queued, calls = [], traceparent } = attempt;
  return {
    job,
    stage,
    attempt: attempt.attempt,
    redrives: attempt.redrives,
    outcome,
    code,
    latency_ms: latencyMs,
    queue_wait_ms: queued?.waitMs,
    model: calls.at(-1)?.model ?? null,
    calls: calls.length,
    failed_calls: calls.filter(({ error }) => error !== null).length,
    cached: calls.some(({ reused }) => reused),
    category: attempt.category,
    ...costOf(calls),
    trace_id: traceparent.split("-")[1] ?? "",
    delivery: queued?.delivery,
    retry_in_s: attempt.retryInSeconds,
    test: attempt.test || undefined,
  };
}

/** The columns of a data point, in order: `blob1` is the first blob. docs/operations.md lists them. */
const pointColumns = {
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

/** How long a message was in its queue, when nothing else lay between its sending and the attempt, ms. */
const hopMsOf = ({ attempt, queued, redrives }: Measured) =>
  attempt === 1 && queued?.delivery === 1 && !redrives ? queued.waitMs : undefined;

function incrementsOf(attempt: Measured, now: number): Increment[] {
  const { stage, outcome, code, latencyMs, queued, calls = [] } = attempt;
  const began = attempt.attempt !== undefined;
  const hopMs = hopMsOf(attempt);
  return [
    increment("eco2_stage_attempts", { stage, outcome }),
    ...(queued ? [deliveryInMinute(now, stage)] : []),
    ...(code === undefined || outcome === "postponed"
      ? []
      : [increment("eco2_stage_failures", { stage, code }), failureInMinute(now, stage, code)]),
    ...(retried.has(outcome) ? [increment("eco2_stage_retries", { stage })] : []),
    ...(began ? observe("eco2_stage_duration_seconds", { stage }, latencyMs) : []),
    ...(began && queued ? observe("eco2_stage_queue_wait_seconds", { stage }, queued.waitMs) : []),
    ...(hopMs === undefined ? [] : observe("eco2_stage_hop_seconds", { stage }, hopMs)),
    ...calls.flatMap((call) => incrementsOfCall(call, now)),
  ];
}

function incrementsOfCall(call: ModelCall, now: number): Increment[] {
  const { model, reused, error } = call;
  const outcome = error?.code ?? (reused ? "reused" : "answered");
  return [
    increment("eco2_model_calls", { model, outcome }),
    ...(error && alertCodes.includes(error.code)
      ? [modelErrorInMinute(now, model, error.code)]
      : []),
    ...costIncrementsOf(call),
  ];
}

/** What a call was billed for. */
const costIncrementsOf = ({ model, ...call }: ModelCall): Increment[] =>
  [
    increment("eco2_model_tokens", { model, direction: "input" }, call.input_tokens),
    increment("eco2_model_tokens", { model, direction: "output" }, call.output_tokens),
    increment("eco2_model_cost_usd", { model }, call.cost_usd),
    // An increment of 0 would still be a row to write.
  ].filter(([, , value]) => value > 0);
