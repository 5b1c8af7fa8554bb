import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { type Attempt, recordAttempt } from "../../src/metrics/record-attempt.ts";
import { metrics } from "../../src/metrics/metrics-buffer.ts";
import { type Series } from "../../src/metrics/series.ts";
import { seriesFrom, selectCounters } from "../../src/metrics/counters.ts";

afterEach(() => vi.restoreAllMocks());

const traceparent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01";
const call = {
  model: "gpt-5.2",
  input_tokens: 1000,
  output_tokens: 50,
  cost_usd: 0.00245,
  reused: false,
  error: null,
};

const anAttempt = (rest: Partial<Attempt> = {}): Attempt => ({
  job: crypto.randomUUID(),
  stage: "vision",
  traceparent,
  attempt: 2,
  redrives: 1,
  outcome: "recorded",
  latencyMs: 3_200,
  queued: { waitMs: 40, delivery: 3 },
  calls: [call],
  ...rest,
});

const Line = z.record(z.string(), z.unknown());

/** The one line that was written. */
function recordedLine(attempt: Attempt, bindings: Partial<Env> = env) {
  const info = vi.spyOn(console, "info").mockReturnValue();
  recordAttempt(bindings, attempt);
  expect(info).toHaveBeenCalledTimes(1);
  return Line.parse(JSON.parse(String(info.mock.calls[0]?.[0])));
}

/** What an attempt adds to each series. */
async function addedBy(attempt: Attempt): Promise<Record<string, number>> {
  const read = async () => {
    // What others left on its way goes first.
    await metrics.flush(env.DB, "now");
    await metrics.flush(env.DB, "now");
    return seriesFrom((await selectCounters(env.DB).all()).results);
  };
  const keyOf = ({ name, labels }: Series) => [name, ...Object.values(labels)].join(" ");
  vi.spyOn(console, "info").mockReturnValue();
  const before = new Map((await read()).map((it) => [keyOf(it), it.value]));
  recordAttempt(env, attempt);
  const after = (await read()).map((it): [string, number] => {
    const grown = it.value - (before.get(keyOf(it)) ?? 0);
    return [keyOf(it), Math.round(grown * 1e9) / 1e9];
  });
  return Object.fromEntries(after.filter(([, grown]) => grown !== 0));
}

describe("an attempt", () => {
  it("is one line with all that is to be found by", () => {
    const attempt = anAttempt();
    expect(recordedLine(attempt)).toEqual({
      event: "stage.attempt",
      job: attempt.job,
      stage: "vision",
      attempt: 2,
      redrives: 1,
      outcome: "recorded",
      latency_ms: 3_200,
      queue_wait_ms: 40,
      model: "gpt-5.2",
      calls: 1,
      failed_calls: 0,
      cached: false,
      input_tokens: 1000,
      output_tokens: 50,
      cost_usd: 0.00245,
      trace_id: "0123456789abcdef0123456789abcdef",
      delivery: 3,
    });
  });

  it("that failed says with which code, what it cost all the same, and when it is tried again", () => {
    const failed = { ...call, error: { code: "MODEL_REFUSED", message: "내 비밀 이야기" } };
    const line = recordedLine(
      anAttempt({
        outcome: "retrying",
        code: "MODEL_RATE_LIMITED",
        retryInSeconds: 7,
        calls: [failed],
      }),
    );
    expect(line).toMatchObject({ code: "MODEL_RATE_LIMITED", retry_in_s: 7, cost_usd: 0.00245 });
    expect(JSON.stringify(line)).not.toContain("비밀");
  });

  it("that asked no model has none, and one that did not begin has no number", () => {
    const line = recordedLine(
      anAttempt({ calls: undefined, attempt: undefined, outcome: "duplicate" }),
    );
    expect(line).toMatchObject({ model: null, input_tokens: 0, cost_usd: 0 });
    expect(line).not.toHaveProperty("attempt");
  });

  it("is one point of Analytics Engine, by its stage", () => {
    const writeDataPoint = vi.fn<(point?: AnalyticsEngineDataPoint) => void>();
    recordedLine(anAttempt({ code: "INTERNAL", outcome: "failed" }), {
      METRICS: { writeDataPoint },
    });
    expect(writeDataPoint.mock.calls).toEqual([
      [
        {
          indexes: ["vision"],
          blobs: ["vision", "failed", "INTERNAL", "gpt-5.2"],
          doubles: [3_200, 40, 1000, 50, 0.00245, 2, 3],
        },
      ],
    ]);
  });

  it("goes on without the dataset, and when it takes no more points", () => {
    recordedLine(anAttempt(), {});
    vi.restoreAllMocks();
    const warned = vi.spyOn(console, "warn").mockReturnValue();
    const writeDataPoint = () => {
      throw new Error("too many");
    };
    recordedLine(anAttempt(), { METRICS: { writeDataPoint } });
    expect(String(warned.mock.calls[0]?.[0])).toContain("metrics.point_not_written");
  });

  it("adds to its stage's and its model's increments", async () => {
    expect(await addedBy(anAttempt())).toEqual({
      "eco2_stage_attempts vision recorded": 1,
      "eco2_stage_duration_seconds_bucket vision 5.0": 1,
      "eco2_stage_duration_seconds_sum vision": 3.2,
      "eco2_stage_queue_wait_seconds_bucket vision 0.05": 1,
      "eco2_stage_queue_wait_seconds_sum vision": 0.04,
      "eco2_model_calls gpt-5.2 answered": 1,
      "eco2_model_tokens gpt-5.2 input": 1000,
      "eco2_model_tokens gpt-5.2 output": 50,
      "eco2_model_cost_usd gpt-5.2": 0.00245,
    });
  });

  it("that began with its message's first delivery measures the hop", async () => {
    const first = anAttempt({ attempt: 1, redrives: 0, queued: { waitMs: 40, delivery: 1 } });
    expect(await addedBy(first)).toMatchObject({
      "eco2_stage_hop_seconds_bucket vision 0.05": 1,
      "eco2_stage_hop_seconds_sum vision": 0.04,
    });
  });

  it("that failed and is tried again is a failure by its code, and a retry", async () => {
    const retried = anAttempt({
      stage: "rule",
      outcome: "retrying",
      code: "REGULATIONS_INVALID",
      calls: [],
      latencyMs: 120_000,
      queued: undefined,
    });
    expect(await addedBy(retried)).toEqual({
      "eco2_stage_attempts rule retrying": 1,
      "eco2_stage_failures rule REGULATIONS_INVALID": 1,
      "eco2_stage_retries rule": 1,
      "eco2_stage_duration_seconds_bucket rule +Inf": 1,
      "eco2_stage_duration_seconds_sum rule": 120,
    });
  });

  it("is still one line with the stages behind it, which are measured as their own", async () => {
    const trailing = [{ stage: "rule" as const, latencyMs: 4 }];
    expect(recordedLine(anAttempt({ trailing }))).toMatchObject({
      stage: "vision",
      latency_ms: 3_200,
      trailing_ms: { rule: 4 },
    });
    const writeDataPoint = vi.fn<(point?: AnalyticsEngineDataPoint) => void>();
    vi.restoreAllMocks();
    recordedLine(anAttempt({ trailing }), { METRICS: { writeDataPoint } });
    expect(writeDataPoint.mock.calls.map(([point]) => [point?.indexes, point?.doubles])).toEqual([
      [["vision"], [3_200, 40, 1000, 50, 0.00245, 2, 3]],
      [["rule"], [4, 0, 0, 0, 0, 1, 0]],
    ]);
    expect(await addedBy(anAttempt({ trailing, calls: [] }))).toMatchObject({
      "eco2_stage_attempts vision recorded": 1,
      "eco2_stage_attempts rule recorded": 1,
      "eco2_stage_duration_seconds_sum rule": 0.004,
    });
  });

  it("that did not begin has no duration, and costs nothing", async () => {
    const duplicate = anAttempt({ attempt: undefined, outcome: "duplicate", calls: undefined });
    expect(await addedBy(duplicate)).toEqual({ "eco2_stage_attempts vision duplicate": 1 });
  });
});
