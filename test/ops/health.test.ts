import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { failureInMinute } from "../../src/metrics/errors-by-minute.ts";
import { healthSeries, withCurrent } from "../../src/metrics/health-series.ts";
import { metricsBuffer } from "../../src/metrics/metrics-buffer.ts";
import { percentile } from "../../src/metrics/percentile.ts";
import { measuredQueues } from "../../src/metrics/queue-metrics.ts";
import { attemptBounds, type Measurement } from "../../src/metrics/measurement.ts";
import { slotMs } from "../../src/metrics/samples.ts";
import { opsRequest, statusesWithoutToken } from "../support/ops-requests.ts";

const minuteMs = 60_000;

/** A measurement at a minute, where vision has had so many attempts of 0.1 to 0.25 s, and failures. */
function at(minute: number, attempts: number, failures = 0, queues: Measurement["queues"] = {}) {
  const durations = [...attemptBounds, Infinity].map((bound) => (bound === 0.25 ? attempts : 0));
  const measurement: Measurement = {
    queues,
    stages: { vision: { failures, retries: 0, durations } },
  };
  return { at: minute * minuteMs, measurement };
}

const gapMs = 12 * minuteMs;
const vision = (...samples: ReturnType<typeof at>[]) => healthSeries(samples, [], gapMs).stages[0];

describe("health over time", () => {
  it("has rates of what came between two samples", () => {
    expect(vision(at(0, 10, 1), at(5, 60, 6), at(10, 60, 6))).toMatchObject({
      stage: "vision",
      attempts_per_min: [null, 10, 0],
      failures_per_min: [null, 1, 0],
      p95_s: [null, expect.closeTo(0.2425), null],
    });
  });

  it("knows nothing of a time in which increments began anew", () => {
    expect(vision(at(0, 10), at(5, 2), at(10, 12))?.attempts_per_min).toEqual([null, null, 2]);
  });

  it("has a time without values where samples are missing", () => {
    const empty = healthSeries([at(0, 0), at(5, 0), at(35, 30)], ["scan-rule"], gapMs);
    expect(empty.at).toEqual([0, 5, 20, 35].map((it) => new Date(it * minuteMs).toISOString()));
    expect(empty.queues).toEqual([
      { name: "scan-rule", messages: [0, 0, null, 0], oldest_age_s: [0, 0, null, 0] },
    ]);
    expect(empty.stages[0]?.attempts_per_min).toEqual([null, 0, null, 1]);
  });

  it("distinguishes a backlog, an empty queue, and one that could not be read", () => {
    const [queue] = healthSeries(
      [at(0, 0, 0, { "scan-rule": [7, 90] }), at(5, 0), at(10, 0, 0, { "scan-rule": null })],
      ["scan-rule"],
      gapMs,
    ).queues;
    expect(queue).toMatchObject({ messages: [7, 0, null], oldest_age_s: [90, 0, null] });
  });

  it("ends with now, unless a sample was taken just before", () => {
    expect(withCurrent([at(0, 0)], at(1, 0))).toHaveLength(2);
    expect(withCurrent([at(0, 0)], at(0.1, 0))).toHaveLength(1);
    expect(withCurrent([], at(0, 0))).toHaveLength(1);
  });
});

describe("a percentile of buckets", () => {
  it.each([
    ["nothing", [0, 0, 0], null],
    ["one bucket, spread evenly", [10, 0, 0], 0.95],
    ["a bucket of which few are slower", [90, 10, 0], 1.5],
    ["what lies beyond the last bound, of which only that is known", [0, 0, 4], 2],
  ])("of %s", (_, counts, expected) => {
    expect(percentile(0.95, [1, 2], counts)).toEqual(
      expected === null ? null : expect.closeTo(expected),
    );
  });
});

describe("GET /api/v1/ops/health", () => {
  it("is closed to whoever has not the token", async () => {
    expect(await statusesWithoutToken("/health")).toEqual([401, 401, 401, 401]);
  });

  it.each(["hours=0", "hours=-1", "hours=193", "hours=1.5", "hours=x", "hours="])(
    "refuses %s",
    async (query) => {
      const response = await opsRequest(`/health?${query}`);
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({
        code: "VALIDATION_ERROR",
        errors: [{ path: "hours" }],
      });
    },
  );

  it("has the failures of this minute by stage and code, before there is a sample", async () => {
    const code = `CODE_${crypto.randomUUID()}`;
    const buffer = metricsBuffer();
    buffer.add([failureInMinute(Date.now(), "answer", code)]);
    buffer.add([failureInMinute(Date.now() - 2 * 60 * minuteMs, "answer", code)]);
    await buffer.flush(env.DB, "now");
    const { minutes } = Health.parse(await (await opsRequest("/health")).json());
    const [count, ...others] = minutes.counts.filter((it) => it.code === code);
    expect(count).toMatchObject({ stage: "answer", count: 1 });
    expect(count?.minute).toBeGreaterThanOrEqual(58);
    expect(others).toEqual([]);
  });

  it("has every queue and stage, with one value for each time, and never more than 302", async () => {
    const now = Date.now();
    const first = Math.floor(now / slotMs) * slotMs - 8 * 24 * 60 * minuteMs;
    const measurement = JSON.stringify(at(0, 1).measurement);
    const slots = Array.from({ length: 2_305 }, (_, place) => first + place * slotMs);
    await env.DB.prepare(
      `INSERT INTO samples (slot, at, measurement) SELECT value, value, ?1 FROM json_each(?2)
       WHERE true ON CONFLICT (slot) DO NOTHING`,
    )
      .bind(measurement, JSON.stringify(slots))
      .run();
    for (const hours of [1, 24, 192]) {
      const health = Health.parse(await (await opsRequest(`/health?hours=${hours}`)).json());
      expect(health.hours).toBe(hours);
      expect(health.queues.map(({ name }) => name)).toEqual(
        measuredQueues(env).map(({ name }) => name),
      );
      expect(health.at.length).toBeGreaterThan(10);
      expect(health.at.length).toBeLessThanOrEqual(302);
      expect(Date.parse(health.at[0] ?? "")).toBeGreaterThanOrEqual(
        Date.parse(health.from) - slotMs,
      );
      const lines = [
        ...health.queues.flatMap(({ messages, oldest_age_s }) => [messages, oldest_age_s]),
        ...health.stages.flatMap((it) => [it.attempts_per_min, it.failures_per_min, it.p95_s]),
      ];
      expect(lines.filter(({ length }) => length !== health.at.length)).toEqual([]);
    }
  });
});

const Line = z.array(z.number().nullable());
const Health = z.object({
  hours: z.int(),
  from: z.iso.datetime(),
  at: z.array(z.iso.datetime()),
  minutes: z.object({
    counts: z.array(
      z.object({
        minute: z.int().min(0).max(59),
        stage: z.string(),
        code: z.string().nullable(),
        count: z.number(),
      }),
    ),
  }),
  queues: z.array(z.object({ name: z.string(), messages: Line, oldest_age_s: Line })),
  stages: z.array(z.object({ attempts_per_min: Line, failures_per_min: Line, p95_s: Line })),
});
