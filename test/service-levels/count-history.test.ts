import { env } from "cloudflare:workers";
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { metrics } from "../../src/metrics/metrics-buffer.ts";
import { recordAttempt } from "../../src/metrics/record-attempt.ts";
import { recordingAccepts } from "../../src/metrics/record-accept.ts";
import { collectSample } from "../../src/metrics/samples.ts";
import { countHistoryFrom, selectCountHistory } from "../../src/service-levels/count-history.ts";
import { burnRates, errorBudgets } from "../../src/service-levels/error-budget.ts";

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "info").mockReturnValue();
  await metrics.flush(env.DB, "now");
  await env.DB.batch(
    ["samples", "metric_counters"].map((it) => env.DB.prepare(`DELETE FROM ${it}`)),
  );
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms);
const minuteMs = 60_000;

async function history() {
  await metrics.flush(env.DB, "now");
  const now = Date.now();
  return countHistoryFrom(await env.DB.batch(selectCountHistory(env.DB, now)), now);
}
const countsOf = async (service: string) => {
  const budgets = errorBudgets(await history());
  const { total, bad } = budgets.find(({ name }) => name === service) ?? {};
  return { total, bad };
};

const deliver = (
  waitMs: number,
  more: { attempt?: number; delivery?: number; redrives?: number },
) =>
  recordAttempt(env, {
    job: crypto.randomUUID(),
    stage: "vision",
    traceparent: "",
    attempt: more.attempt ?? 1,
    redrives: more.redrives,
    outcome: "recorded",
    latencyMs: 1,
    queued: { waitMs, delivery: more.delivery ?? 1 },
  });

it("counts hops of first deliveries alone, which are bad after 100 ms", async () => {
  deliver(100, {});
  deliver(101, {});
  deliver(9_000, { delivery: 2 });
  deliver(9_000, { attempt: 2 });
  deliver(9_000, { redrives: 1 });
  expect(await countsOf("hops")).toEqual({ total: 2, bad: 1 });
});

it.each([
  ["an accepted submit that was fast", "POST", "/api/v1/scan", 202, 99, { total: 1, bad: 0 }],
  ["an accepted submit that was slow", "POST", "/api/v1/scan", 202, 101, { total: 1, bad: 1 }],
  ["no refused submit", "POST", "/api/v1/scan", 429, 101, { total: 0, bad: 0 }],
  ["no other request", "POST", "/api/v1/images/scan", 202, 101, { total: 0, bad: 0 }],
])("counts %s", async (_, method, path, status, ms, counts) => {
  const serve = recordingAccepts(() => {
    wait(ms);
    return new Response(null, { status });
  });
  const context = createExecutionContext();
  await serve(new Request(`https://eco2.example${path}`, { method }), env, context);
  await waitOnExecutionContext(context);
  expect(await countsOf("accepted")).toEqual(counts);
});

it("compares with the samples of the cron", async () => {
  for (let scan = 0; scan < 30; scan++) deliver(5_000, {});
  await collectSample(env);
  wait(5 * minuteMs);
  // The last five minutes had none; the last half hour had all.
  expect(burnRates(await history(), "hops").map(({ burn }) => burn)).toEqual([
    0,
    expect.closeTo(20),
  ]);
  for (let scan = 0; scan < 30; scan++) deliver(5_000, {});
  expect(burnRates(await history(), "hops")[0]?.burn).toBeCloseTo(20);
});

it("reads samples of earlier versions, which have no such counts", async () => {
  const measurement = JSON.stringify({ queues: {}, stages: {} });
  const now = Date.now();
  await env.DB.prepare("INSERT INTO samples (slot, at, measurement) VALUES (?, ?, ?)")
    .bind(now - minuteMs, now - minuteMs, measurement)
    .run();
  expect((await history()).earlier).toEqual([]);
});
