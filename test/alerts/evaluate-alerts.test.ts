import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { z } from "zod";
import { evaluateAlerts } from "../../src/alerts/evaluate-alerts.ts";
import { recordAttempt } from "../../src/metrics/record-attempt.ts";
import { recordStageDeadLetters } from "../../src/dead-letters/record-dead-letters.ts";
import { app } from "../../src/api/app.ts";
import { pipelineControl } from "../../src/control-client.ts";
import { receivedRequests, webhookEnv } from "../support/build-webhook.ts";
import { runScheduled } from "../../src/cron/scheduled-tasks.ts";

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await env.DB.batch(
    ["alerts", "metric_counters", "dead_letters"].map((it) => env.DB.prepare(`DELETE FROM ${it}`)),
  );
  // Other files may have left breakers open.
  const control = pipelineControl(env);
  const { breakers } = await control.snapshot();
  for (const provider of Object.keys(breakers)) await control.reset(provider);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const wait = (ms: number) => vi.setSystemTime(Date.now() + ms);
const minutes = 60_000;

const Shown = z.object({ open: z.array(z.looseObject({})), recent: z.array(z.looseObject({})) });

/** What operators are shown. */
async function shown() {
  const response = await app.request(
    "/api/v1/ops/alerts",
    { headers: { authorization: "Bearer ops-secret" } },
    { ...env, OPS_TOKEN: "ops-secret" },
  );
  expect(response.status).toBe(200);
  return Shown.parse(await response.json());
}

/** The test's bindings with a queue whose metrics are these, or that has none. */
const withBacklog = (metrics: QueueMetrics | Error, rest: Partial<Env> = {}): Env => ({
  ...env,
  ...rest,
  SCAN_VISION: new Proxy(env.SCAN_VISION, {
    get: (target, key): unknown =>
      key === "metrics"
        ? () => (metrics instanceof Error ? Promise.reject(metrics) : Promise.resolve(metrics))
        : Reflect.get(target, key),
  }),
});
const backlogOf = (backlogCount: number, ageMs = 0) => ({
  backlogCount,
  backlogBytes: backlogCount * 100,
  oldestMessageTimestamp: new Date(Date.now() - ageMs),
});

function failAttempts(count: number) {
  vi.spyOn(console, "info").mockReturnValue();
  for (let failed = 0; failed < count; failed++) {
    recordAttempt(env, {
      job: crypto.randomUUID(),
      stage: "vision",
      traceparent: "",
      attempt: 1,
      outcome: "retrying",
      code: "MODEL_UNAVAILABLE",
      latencyMs: 1,
    });
  }
}

it("opens an alert for a model that its provider refuses, though a fallback answers, until it is over", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "info").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
  const tokens = { input_tokens: 0, output_tokens: 0, cost_usd: 0, reused: false };
  const model = `refused-${crypto.randomUUID()}`;
  const error = { code: "MODEL_QUOTA_EXHAUSTED", message: "scripted" };
  recordAttempt(env, {
    job: crypto.randomUUID(),
    stage: "vision",
    traceparent: "",
    attempt: 1,
    outcome: "recorded",
    latencyMs: 1,
    calls: [
      { ...tokens, model, error },
      { ...tokens, model: "gemini-2.5-flash", error: null },
    ],
  });
  const openAlerts = async () => {
    await evaluateAlerts(env);
    const { results } = await env.DB.prepare(
      "SELECT rule, value FROM alerts WHERE target = ? AND resolved_at IS NULL",
    )
      .bind(`${model} ${error.code}`)
      .all();
    return results;
  };
  // Another write of the isolate's counters may be on its way, which the run does not wait for.
  await vi.waitFor(
    async () => expect(await openAlerts()).toEqual([{ rule: "model_unusable", value: 1 }]),
    { timeout: 10_000 },
  );
  vi.setSystemTime(Date.now() + 10 * 60_000);
  expect(await openAlerts()).toEqual([]);
  vi.useRealTimers();
});

describe("a run of the watch", () => {
  it("opens and resolves what a queue's backlog and age say, and logs each once", async () => {
    const warned = vi.spyOn(console, "warn").mockReturnValue();
    const info = vi.spyOn(console, "info").mockReturnValue();
    await evaluateAlerts(withBacklog(backlogOf(1_001, 200_000)));
    await evaluateAlerts(withBacklog(backlogOf(1_200, 500_000)));
    expect((await shown()).open).toMatchObject([
      { rule: "backlog", target: "scan-vision", value: 1_200, threshold: 1_000, attempts: 0 },
      { rule: "no_consumers", target: "scan-vision", value: 1_200, threshold: 0 },
      { rule: "oldest_message", target: "scan-vision", value: 500, threshold: 120 },
    ]);
    await evaluateAlerts(withBacklog(backlogOf(3)));
    expect(await shown()).toMatchObject({ open: [], recent: [{}, {}, {}] });
    const events = warned.mock.calls.map(
      ([line]) => z.looseObject({ event: z.string() }).parse(JSON.parse(String(line))).event,
    );
    expect(events.toSorted()).toEqual([
      "alert.opened",
      "alert.opened",
      "alert.opened",
      "alert.resolved",
      "alert.resolved",
      "alert.resolved",
    ]);
    expect(info).not.toHaveBeenCalled();
  });

  it("fires for a default or fallback model that is retired or goes within 30 days", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const settings = { DEFAULT_MODEL: "gemini-2.5-pro", MODEL_FALLBACK: "gpt-5.2, gpt-5.1" };
    vi.setSystemTime(Date.parse("2026-11-01"));
    await evaluateAlerts({ ...env, ...settings });
    expect(await shown()).toEqual({ open: [], recent: [] });
    vi.setSystemTime(Date.parse("2026-11-28"));
    await evaluateAlerts({ ...env, ...settings });
    expect((await shown()).open).toMatchObject([
      { rule: "model_retirement", target: "DEFAULT_MODEL gemini-2.5-pro", value: 27, threshold: 0 },
    ]);
    vi.setSystemTime(Date.parse("2027-04-02"));
    await evaluateAlerts({ ...env, ...settings });
    expect((await shown()).open.map(({ target }) => target)).toEqual(
      expect.arrayContaining(["DEFAULT_MODEL gemini-2.5-pro", "MODEL_FALLBACK gpt-5.1"]),
    );
    await evaluateAlerts(env);
    expect((await shown()).open).toEqual([]);
  });

  it("resolves nothing that it cannot see", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    await evaluateAlerts(withBacklog(backlogOf(1_001)));
    await evaluateAlerts(withBacklog(new Error("no metrics")));
    expect((await shown()).open).toMatchObject([{ rule: "backlog" }]);
    const down = new Proxy(env.DB, {
      get: (target, key): unknown =>
        key === "batch" ? () => Promise.reject(new Error("D1 is down")) : Reflect.get(target, key),
    });
    await expect(evaluateAlerts({ ...env, DB: down })).rejects.toThrow("D1 is down");
    expect((await shown()).open).toMatchObject([{ rule: "backlog" }]);
  });

  it("fires for a minute with more than 10 failures, and resolves after it", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    // At the beginning of a minute of the clock.
    vi.setSystemTime(Math.ceil(Date.now() / minutes) * minutes);
    failAttempts(10);
    wait(minutes);
    failAttempts(10);
    await evaluateAlerts(env);
    expect(await shown()).toEqual({ open: [], recent: [] });
    failAttempts(1);
    wait(4 * minutes);
    await evaluateAlerts(env);
    expect((await shown()).open).toMatchObject([
      {
        rule: "failures",
        value: 11,
        threshold: 10,
        cause: expect.stringMatching(/^Most often \w+ at \w+$/),
      },
    ]);
    wait(5 * minutes);
    await evaluateAlerts(env);
    expect(await shown()).toMatchObject({ open: [], recent: [{ rule: "failures" }] });
  });

  it("fires for any dead letter, also one that was recovered since the last run", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const jobId = crypto.randomUUID();
    await recordStageDeadLetters(env.DB, [
      {
        id: `${jobId}:rule`,
        jobId,
        userId: "user-1",
        stage: "rule",
        code: "INTERNAL",
        message: "scripted",
        provider: null,
        fingerprint: "rule/INTERNAL",
        model: "offline",
        regulationVersion: null,
        attempts: 4,
        redrives: 0,
        automaticRedrives: 0,
        parkedAt: Date.now(),
      },
    ]);
    await env.DB.prepare("UPDATE dead_letters SET status = 'recovered'").run();
    wait(5 * minutes);
    await evaluateAlerts(env);
    expect((await shown()).open).toMatchObject([
      { rule: "dead_letters", target: "rule", value: 1, threshold: 0 },
    ]);
    wait(5 * minutes);
    await evaluateAlerts(env);
    expect((await shown()).open).toEqual([]);
    await env.DB.prepare("UPDATE dead_letters SET status = 'parked'").run();
    wait(60 * minutes);
    await evaluateAlerts(env);
    expect((await shown()).open).toMatchObject([{ rule: "dead_letters" }]);
  });

  it("notifies its receiver once when the cron runs twice at once", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    vi.spyOn(console, "info").mockReturnValue();
    const url = `${inject("receiverBaseURL")}/ok/${crypto.randomUUID()}`;
    const bindings = withBacklog(backlogOf(5_000), webhookEnv({ ALERT_WEBHOOK_URL: url }));
    await Promise.all([
      runScheduled("*/5 * * * *", bindings),
      runScheduled("*/5 * * * *", bindings),
    ]);
    expect(await receivedRequests(url)).toHaveLength(1);
    await runScheduled("*/5 * * * *", env);
    await runScheduled("*/5 * * * *", { ...env, ...webhookEnv({ ALERT_WEBHOOK_URL: url }) });
    expect(await receivedRequests(url)).toHaveLength(2);
  });
});
