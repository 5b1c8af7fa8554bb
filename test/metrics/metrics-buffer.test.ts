import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { increment, observe } from "../../src/metrics/series.ts";
import { flushMs, metricsBuffer } from "../../src/metrics/metrics-buffer.ts";
import { seriesFrom, selectCounters } from "../../src/metrics/counters.ts";
import { buildMessage, deliver, stageMessage } from "../support/queue-messages.ts";
import { faultyD1 } from "../support/faulty-d1.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms);

/** A model that only this test uses. */
const aModel = () => `model-${crypto.randomUUID()}`;
const asked = (model: string, times = 1) => [
  increment("eco2_model_calls", { model, outcome: "answered" }, times),
];

/** What all isolates have counted together. */
async function countOf(model: string): Promise<number> {
  const { results } = await selectCounters(env.DB).all();
  return seriesFrom(results).find(({ labels }) => labels["model"] === model)?.value ?? 0;
}

describe("a metricsBuffer", () => {
  it("adds up what isolates have counted, and what one counts later", async () => {
    const model = aModel();
    const [one, other] = [metricsBuffer(), metricsBuffer()];
    one.add(asked(model, 2));
    one.add(asked(model));
    other.add(asked(model, 10));
    await Promise.all([one.flush(env.DB), other.flush(env.DB)]);
    expect(await countOf(model)).toBe(13);
    wait(flushMs);
    one.add(asked(model));
    await one.flush(env.DB);
    expect(await countOf(model)).toBe(14);
  });

  it("writes one D1 batch a second at most, however many queue batches there were", async () => {
    const model = aModel();
    const { DB, batches } = faultyD1();
    const isolate = metricsBuffer();
    for (let tenths = 0; tenths < 30; tenths++) {
      isolate.add(asked(model));
      await Promise.all([isolate.flush(DB), isolate.flush(DB)]);
      wait(flushMs / 10);
    }
    expect(batches()).toBe(3);
    await isolate.flush(DB, "now");
    expect(batches()).toBe(4);
    expect(await countOf(model)).toBe(30);
  });

  it("costs a stage's consumer one D1 batch a second, after its messages are settled", async () => {
    vi.spyOn(console, "info").mockReturnValue();
    const { DB, batches } = faultyD1();
    // Begins with a second that nothing was written in.
    wait(flushMs);
    for (let tenths = 0; tenths < 20; tenths++) {
      const messages = Array.from({ length: 5 }, () =>
        buildMessage<unknown>(stageMessage(crypto.randomUUID(), "rule")),
      );
      await deliver("scan-rule", messages, { ...env, DB });
      for (const { ack } of messages) expect(ack).toHaveBeenCalledTimes(1);
      wait(flushMs / 10);
    }
    expect(batches()).toBe(2);
    const silent = buildMessage<unknown>(stageMessage(crypto.randomUUID(), "rule"));
    vi.spyOn(console, "warn").mockReturnValue();
    await deliver("scan-rule", [silent], { ...env, DB: faultyD1({ before: "down" }).DB });
    expect(silent.ack).toHaveBeenCalledTimes(1);
  });

  it("writes nothing while there is nothing new", async () => {
    const { DB, batches } = faultyD1();
    const isolate = metricsBuffer();
    await isolate.flush(DB, "now");
    isolate.add(asked(aModel()));
    await isolate.flush(DB, "now");
    await isolate.flush(DB, "now");
    expect(batches()).toBe(1);
  });

  it("counts once what D1 has written and could not say so", async () => {
    const model = aModel();
    const isolate = metricsBuffer();
    isolate.add(asked(model, 5));
    const warned = vi.spyOn(console, "warn").mockReturnValue();
    await isolate.flush(faultyD1({ after: "lost" }).DB);
    expect(warned.mock.calls.flat().join()).toContain("metrics.not_written");
    expect(await countOf(model)).toBe(5);
    isolate.add(asked(model));
    wait(flushMs);
    // What was on its way is sent again, and what came meanwhile after it.
    await isolate.flush(env.DB);
    expect(await countOf(model)).toBe(5);
    wait(flushMs);
    await isolate.flush(env.DB);
    expect(await countOf(model)).toBe(6);
  });

  it("keeps what D1 did not take, and never rejects", async () => {
    const model = aModel();
    const isolate = metricsBuffer();
    vi.spyOn(console, "warn").mockReturnValue();
    for (let tried = 0; tried < 3; tried++) {
      isolate.add(asked(model));
      await isolate.flush(faultyD1({ before: "down" }).DB, "now");
    }
    expect(await countOf(model)).toBe(0);
    await isolate.flush(env.DB, "now");
    await isolate.flush(env.DB, "now");
    expect(await countOf(model)).toBe(3);
  });

  it("does not wait for a D1 that is silent, and counts once what it took after all", async () => {
    const model = aModel();
    const isolate = metricsBuffer();
    isolate.add(asked(model, 7));
    const warned = vi.spyOn(console, "warn").mockReturnValue();
    const silent = faultyD1({ after: "silent" });
    await isolate.flush(silent.DB);
    expect(warned.mock.calls.flat().join()).toContain("TimeoutError");
    await isolate.flush(env.DB, "now");
    expect(await countOf(model)).toBe(7);
  });

  it("goes on after an invocation that ended while it wrote", async () => {
    const model = aModel();
    const isolate = metricsBuffer();
    isolate.add(asked(model));
    // The invocation is gone: nothing of it is sent again.
    void isolate.flush(faultyD1({ before: "silent" }).DB);
    isolate.add(asked(model));
    const { DB, batches } = faultyD1();
    await isolate.flush(DB, "now");
    expect(batches()).toBe(0);
    wait(10_000);
    await isolate.flush(DB, "now");
    await isolate.flush(DB, "now");
    expect(await countOf(model)).toBe(2);
  });

  it("loses with its isolate what came since it wrote last, and no more", async () => {
    const model = aModel();
    const isolate = metricsBuffer();
    isolate.add(asked(model, 3));
    await isolate.flush(env.DB);
    isolate.add(asked(model));
    await isolate.flush(env.DB);
    // A new isolate is a new metricsBuffer.
    const next = metricsBuffer();
    next.add(asked(model, 4));
    await next.flush(env.DB);
    expect(await countOf(model)).toBe(7);
  });

  it("is not stopped by what is no number", async () => {
    const model = aModel();
    const isolate = metricsBuffer();
    isolate.add([...observe("eco2_stage_duration_seconds", { stage: "vision" }, Number.NaN)]);
    isolate.add(asked(model));
    await isolate.flush(env.DB);
    expect(await countOf(model)).toBe(1);
  });
});
