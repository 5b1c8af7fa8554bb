import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { recordAttempt } from "../../src/metrics/record-attempt.ts";
import { collectSample, retentionMs, listSamples, slotMs } from "../../src/metrics/samples.ts";
import { runScheduled } from "../../src/cron/scheduled-tasks.ts";
import { faultyD1 } from "../support/faulty-d1.ts";

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  // At the beginning of a slot.
  vi.setSystemTime(Math.ceil(Date.now() / slotMs) * slotMs);
  vi.spyOn(console, "info").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
  await env.DB.prepare("DELETE FROM samples").run();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms);
const kept = () => listSamples(env.DB, 0);

function attempt(latencyMs: number, code?: string) {
  recordAttempt(env, {
    job: crypto.randomUUID(),
    stage: "rule",
    traceparent: "",
    attempt: 1,
    outcome: code === undefined ? "done" : "retrying",
    code,
    latencyMs,
  });
}

/** The test's bindings with one queue that has other metrics than its own. */
const withQueue = (metrics: () => Promise<QueueMetrics>): Env => ({
  ...env,
  SCAN_VISION: new Proxy(env.SCAN_VISION, {
    get: (target, key): unknown => (key === "metrics" ? metrics : Reflect.get(target, key)),
  }),
});
const holding = (backlogCount: number, ageMs: number) =>
  withQueue(() =>
    Promise.resolve({
      backlogCount,
      backlogBytes: 0,
      oldestMessageTimestamp: new Date(Date.now() - ageMs),
    }),
  );

describe("a sample", () => {
  it("is kept once a slot, however often and however much at once that is tried", async () => {
    await Promise.all([collectSample(holding(3, 4_000)), collectSample(holding(3, 4_000))]);
    wait(slotMs - 1);
    await collectSample(holding(9, 9_000));
    const [only, ...others] = await kept();
    expect(only?.measurement.queues["scan-vision"]).toEqual([3, 4]);
    expect(others).toEqual([]);
    wait(1);
    await collectSample(holding(9, 9_000));
    expect((await kept()).map(({ measurement }) => measurement.queues["scan-vision"]?.[0])).toEqual(
      [3, 9],
    );
  });

  it("is kept by the cron", async () => {
    await runScheduled("*/5 * * * *", env);
    expect(await kept()).toHaveLength(1);
  });

  it("has what every stage has added up to, with what this isolate has not written yet", async () => {
    attempt(40);
    await collectSample(env);
    attempt(200);
    attempt(70_000, "MODEL_UNAVAILABLE");
    wait(slotMs);
    await collectSample(env);
    const [before, after] = (await kept()).map(({ measurement }) => measurement.stages.rule);
    const grown = after?.durations.map((count, place) => count - (before?.durations[place] ?? 0));
    expect(grown).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect((after?.failures ?? 0) - (before?.failures ?? 0)).toBe(1);
    expect((after?.retries ?? 0) - (before?.retries ?? 0)).toBe(1);
  });

  it("distinguishes a queue that could not be read from one that is empty", async () => {
    await collectSample(withQueue(() => Promise.reject(new Error("no metrics"))));
    const [only] = await kept();
    expect(only?.measurement.queues["scan-vision"]).toBeNull();
    expect(only?.measurement.queues).not.toHaveProperty("webhooks");
  });

  it("is forgotten after eight days, by the run that keeps another", async () => {
    await collectSample(env);
    wait(retentionMs);
    await collectSample(env);
    expect(await kept()).toHaveLength(2);
    wait(slotMs);
    await collectSample(env);
    expect(await kept()).toHaveLength(2);
  });

  it("is kept by a later run of its slot when the first died, before or after it was written", async () => {
    const down = faultyD1({ before: "down" });
    await expect(collectSample({ ...env, DB: down.DB })).rejects.toThrow("D1 is down");
    expect(await kept()).toEqual([]);
    const lost = faultyD1({ after: "lost" });
    await expect(collectSample({ ...env, DB: lost.DB })).rejects.toThrow("D1 is lost");
    wait(1_000);
    await collectSample(env);
    expect((await kept()).map(({ at }) => at)).toEqual([Date.now() - 1_000]);
  });

  it("is one in a few when many are asked for", async () => {
    for (let slot = 0; slot < 6; slot++) {
      await collectSample(env);
      wait(slotMs);
    }
    expect(await listSamples(env.DB, 0, 3)).toHaveLength(2);
  });
});
