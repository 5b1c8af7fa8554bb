import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { appendEvents } from "../../src/events/append-events.ts";
import { resetProjection } from "../../src/events/reset-projection.ts";
import { countScans, scanMetrics } from "../../src/metrics/scan-metrics.ts";
import { seriesFrom, selectCounters } from "../../src/metrics/counters.ts";
import type { ScanEventsMessage } from "../../src/pipeline/messages.ts";
import { emptyLog } from "../support/scan-event-log.ts";
import { ProcessCrashed, crashingEnv } from "../support/crashing-env.ts";
import { traceparent } from "../support/job-builders.ts";

/** A scan that was parked once and took 12 s, by a model that only this test uses. */
function aScan(model: string): ScanEventsMessage {
  const at = Date.now();
  const error = { code: "MODEL_UNAVAILABLE", message: "scripted" };
  return {
    jobId: crypto.randomUUID(),
    userId: `user-${crypto.randomUUID()}`,
    traceparent,
    events: [
      {
        seq: 0,
        at,
        type: "scan.requested",
        data: { model, region: null, photo: false, words: true },
      },
      {
        seq: 1,
        at: at + 2_000,
        type: "scan.parked",
        data: { stage: "vision", error, redrives: 0 },
      },
      {
        seq: 2,
        at: at + 12_000,
        type: "scan.failed",
        data: {
          model,
          region: null,
          status: "failed",
          requested_at: at,
          classification: null,
          insufficiencies: [],
          reward: null,
          error,
          photo_key: null,
          input_tokens: 0,
          output_tokens: 0,
          cost_micro_usd: 0,
        },
      },
    ],
  };
}

async function counted() {
  const series = seriesFrom((await selectCounters(env.DB).all()).results);
  const of = (name: string, labels: Record<string, string> = {}) =>
    series.find((it) => it.name === name && JSON.stringify(it.labels) === JSON.stringify(labels))
      ?.value ?? 0;
  return {
    requested: of("eco2_scans_requested"),
    parked: of("eco2_stage_parked", { stage: "vision", code: "MODEL_UNAVAILABLE" }),
    slow: of("eco2_scan_duration_seconds_bucket", { status: "failed", le: "15.0" }),
    seconds: of("eco2_scan_duration_seconds_sum", { status: "failed" }),
    failed: (model: string) => of("eco2_scans_ended", { status: "failed", model }),
  };
}

/** Nothing that other tests have recorded is left to count. */
const countAll = () => countScans(env, 1_000);

const aModel = () => `model-${crypto.randomUUID()}`;

describe("scan metrics", () => {
  it("count each scan once, however often and by how many they are counted", async () => {
    const model = aModel();
    const scan = aScan(model);
    await countAll();
    const before = await counted();
    await appendEvents(env.DB, [scan, scan]);
    await appendEvents(env.DB, [scan]);
    await Promise.all([1, 2, 3].map(() => countScans(env, 10)));
    await countScans(env, 10);
    const after = await counted();
    expect(after.requested - before.requested).toBe(1);
    expect(after.parked - before.parked).toBe(1);
    expect(after.slow - before.slow).toBe(1);
    expect(after.seconds - before.seconds).toBe(12);
    expect(after.failed(model)).toBe(1);
  });

  it.each(["before", "after"] as const)(
    "count a scan once when the isolate crashes %s any of its calls",
    async (when) => {
      vi.spyOn(console, "error").mockReturnValue();
      for (let crashAt = 1; crashAt <= 3; crashAt++) {
        const model = aModel();
        await appendEvents(env.DB, [aScan(model)]);
        await expect(countScans(crashingEnv(env, crashAt, when), 10)).rejects.toThrow(
          ProcessCrashed,
        );
        await countAll();
        expect((await counted()).failed(model)).toBe(1);
      }
    },
  );

  it("are the same when they are counted again from the beginning", async () => {
    // Nothing may be counted that the log does not have.
    await emptyLog();
    const again = () => resetProjection(env.DB, scanMetrics, { by: "test", why: "test" });
    await again();
    await appendEvents(env.DB, [aScan(aModel()), aScan(aModel())]);
    await countAll();
    const before = (await selectCounters(env.DB).all()).results;
    await again();
    expect((await counted()).requested).toBe(0);
    await countAll();
    expect((await selectCounters(env.DB).all()).results).toEqual(before);
  });
});
