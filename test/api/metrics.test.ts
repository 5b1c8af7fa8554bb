import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { metricFamilies } from "../../src/metrics/metrics-registry.ts";
import { countStreams, streamExpiryMs } from "../../src/metrics/open-streams.ts";
import { queueName, stages } from "../../src/pipeline/stages/stage-table.ts";
import { parseOpenMetrics, valueIn } from "../support/parse-open-metrics.ts";
import {
  submitText,
  callWorker,
  callApp,
  followScan,
  submitScan,
} from "../support/worker-requests.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const scrapeWith = (settings: Partial<Env>, token = "ops-secret") =>
  callApp({ OPS_TOKEN: "ops-secret", ...settings }, "/metrics", {
    headers: { authorization: `Bearer ${token}` },
  });

async function scrape(settings: Partial<Env> = {}) {
  const response = await scrapeWith(settings);
  expect(response.status).toBe(200);
  return parsed(response);
}

/** Its type is none that the runtime takes for text. */
const parsed = async (response: Response) =>
  parseOpenMetrics(new TextDecoder().decode(await response.arrayBuffer()));

const Line = z.looseObject({
  event: z.string(),
  job: z.string().optional(),
  stage: z.string().optional(),
  trailing_ms: z.record(z.string(), z.number()).optional(),
});
const placeOf = ({ stage }: z.infer<typeof Line>) => stages.findIndex(({ name }) => name === stage);

describe("the metrics", () => {
  it("are closed without the operators' token, with another, and when none is set", async () => {
    expect((await callApp({ OPS_TOKEN: "ops-secret" }, "/metrics")).status).toBe(401);
    expect((await scrapeWith({}, "other")).status).toBe(401);
    expect((await scrapeWith({ OPS_TOKEN: "" }, "")).status).toBe(401);
  });

  it("are OpenMetrics text of every family", async () => {
    const response = await scrapeWith({});
    expect(response.headers.get("content-type")).toBe(
      "application/openmetrics-text; version=1.0.0; charset=utf-8",
    );
    const families = await parsed(response);
    expect([...families.keys()]).toEqual(metricFamilies.map(({ name }) => name));
  });

  it("have each queue's backlog and age, of every shard and dead-letter queue", async () => {
    const families = await scrape();
    for (const name of ["eco2_queue_backlog_messages", "eco2_queue_oldest_message_age_seconds"]) {
      const queues = families.get(name)?.samples.map(({ labels }) => labels["queue"]);
      expect(queues).toEqual([
        ...stages.flatMap((stage) => [
          ...stage.shards.map((shard) => queueName(stage.name, shard)),
          `dlq-scan-${stage.name}`,
        ]),
        "webhooks",
        "character-ownership",
        "user-characters",
        "character-match",
        "scan-events",
      ]);
    }
  });

  it("leave out a queue that cannot be read, and have the others", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const silent = new Proxy(env.WEBHOOKS, {
      get: () => () => Promise.reject(new Error("no metrics")),
    });
    const families = await scrape({ WEBHOOKS: silent });
    const queues = families
      .get("eco2_queue_backlog_messages")
      ?.samples.map(({ labels }) => labels["queue"]);
    expect(queues).toContain("scan-vision");
    expect(queues).not.toContain("webhooks");
  });

  it("count a scan's stages, and log each attempt in one line without its words", async () => {
    const info = vi.spyOn(console, "info").mockReturnValue();
    const before = await scrape();
    const words = `생수병 ${crypto.randomUUID()}`;
    const { job_id, stream_url } = await submitText(words, { user: "user-metrics" });
    await followScan(stream_url, { user: "user-metrics" });
    const linesOf = (name: string) =>
      info.mock.calls
        .map(([line]) => Line.parse(JSON.parse(String(line))))
        .filter(({ job, event }) => job === job_id && event === name)
        // The next stage may be logged by another batch before the one that started it.
        .toSorted((a, b) => placeOf(a) - placeOf(b));
    const lines = () => linesOf("stage.attempt");
    const ranIn = ({ stage, trailing_ms = {} }: z.infer<typeof Line>) => [
      stage,
      ...Object.keys(trailing_ms),
    ];
    await vi.waitFor(() => expect(lines().flatMap(ranIn)).toEqual(stages.map(({ name }) => name)));
    expect(lines()).toMatchObject(
      lines().map(() => ({
        attempt: 1,
        outcome: "recorded",
        latency_ms: expect.any(Number),
        cost_usd: 0,
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      })),
    );
    expect(linesOf("scan.ended")).toMatchObject([{ status: "completed", attempts: stages.length }]);
    const traces = [...lines(), ...linesOf("scan.ended")].map((line) => line["trace_id"]);
    expect(new Set(traces).size).toBe(1);
    expect(JSON.stringify(info.mock.calls)).not.toContain(words);
    expect(JSON.stringify(info.mock.calls)).not.toContain("user-metrics");
    const after = await scrape();
    for (const { name: stage } of stages) {
      const grown = (name: string, labels: Record<string, string>) =>
        valueIn(after, name, labels) - valueIn(before, name, labels);
      expect(grown("eco2_stage_attempts_total", { stage, outcome: "recorded" })).toBe(1);
      expect(grown("eco2_stage_duration_seconds_count", { stage })).toBe(1);
    }
  });

  it("count whole scans when their events have come", async () => {
    vi.spyOn(console, "info").mockReturnValue();
    const before = await scrape();
    const { stream_url } = await submitText("우유팩", { user: "user-metrics-2" });
    await followScan(stream_url, { user: "user-metrics-2" });
    await vi.waitFor(
      async () => {
        const after = await scrape();
        // Scans of others may be counted in between.
        const grown = (name: string, labels?: Record<string, string>) =>
          valueIn(after, name, labels) - valueIn(before, name, labels);
        const labels = { status: "completed" };
        const ended = grown("eco2_scans_ended_total", { ...labels, model: "offline" });
        expect(ended).toBeGreaterThan(0);
        expect(grown("eco2_scans_requested_total")).toBeGreaterThanOrEqual(ended);
        expect(grown("eco2_scan_duration_seconds_count", labels)).toBeGreaterThanOrEqual(ended);
      },
      { timeout: 15_000, interval: 500 },
    );
  });

  it("have the streams that are open, and forget those whose isolate is gone", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const streams = async () => valueIn(await scrape(), "eco2_open_streams");
    // Those of others may still be closing.
    const before = await vi.waitFor(async () => {
      const [now, then] = [await streams(), await streams()];
      expect(then).toBe(now);
      return then;
    });
    await countStreams(env, 1);
    await countStreams(env, 1);
    expect((await streams()) - before).toBe(2);
    await countStreams(env, -1);
    expect((await streams()) - before).toBe(1);
    await countStreams(env, -1);
    expect(await streams()).toBe(before);
    await env.DB.prepare(
      "INSERT INTO metric_writers (id, seq, open_streams, seen_at) VALUES (?, 1, 5, ?)",
    )
      .bind(crypto.randomUUID(), Date.now())
      .run();
    expect((await streams()) - before).toBe(5);
    vi.setSystemTime(Date.now() + streamExpiryMs + 1);
    expect(await streams()).toBe(before);
  });
});

describe("a trace", () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  it("that the client began is returned, and is the scan's in its snapshot and for operators", async () => {
    const headers = { traceparent };
    const response = await submitScan({ user_input: "캔" }, { user: "user-trace", headers });
    expect(response.headers.get("traceparent")).toBe(traceparent);
    const { job_id } = z.object({ job_id: z.string() }).parse(await response.json());
    const snapshot = await callWorker(`/api/v1/scan/${job_id}`, { user: "user-trace" });
    expect(await snapshot.json()).toMatchObject({ traceparent });
    const inspected = await callApp({ OPS_TOKEN: "ops-secret" }, `/api/v1/ops/jobs/${job_id}`, {
      headers: { authorization: "Bearer ops-secret" },
    });
    expect(await inspected.json()).toMatchObject({ traceparent });
  });

  it("is begun here when the client's is none, and stays that of the first submission", async () => {
    const key = crypto.randomUUID();
    const again = async (sent: string) =>
      (
        await submitScan(
          { user_input: "병" },
          { user: "user-trace", headers: { traceparent: sent, "idempotency-key": key } },
        )
      ).headers.get("traceparent");
    const first = await again("00-0-0-0");
    expect(first).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(await again(traceparent)).toBe(first);
  });
});
