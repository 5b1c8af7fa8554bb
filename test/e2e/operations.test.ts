import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import {
  costOfMillion,
  includedScans,
  usageOf,
  usageOfRun,
  usdOfMillion,
} from "../../bench/scan-cost.ts";
import { buildCounting, countOf } from "../../bench/count.ts";
import { withBlocks } from "../../bench/markdown.ts";
import {
  eachOf,
  noCounts,
  operationNames,
  type Operations,
  total,
} from "../../bench/operations.ts";
import { scanAsPage } from "../../bench/page-scan.ts";
import { prices } from "../../bench/prices.ts";
import { serve, start } from "../../bench/servers.ts";
import { costOf, operations, usageAt } from "../../bench/scale-cost.ts";
import { fewestSteps, stillCalled, usageOnWorkflows } from "../../bench/workflows.ts";
import { stages } from "../../src/pipeline/stages/stage-table.ts";

/** A scan that crosses one stage's queue and one that is none of a stage's. */
const run: Operations = {
  at: "2026-11-22T00:00:00.000Z",
  scans: 10,
  newUsers: 0,
  scansPerSecond: 1,
  cpuMs: 10,
  perScan: {
    ...noCounts(),
    requests: { submit: 3 },
    queueBatches: { "scan-vision": 0.5, "scan-events": 0.25 },
    objectCalls: { "ScanJob.claim": 2, "ScanJob.publishText": 4, "UserAccount.admit": 1 },
    objectAlarms: { ScanJob: 3 },
    objectRowsWritten: { ScanJob: 8, UserAccount: 7 },
    queueWrites: { "scan-vision": 1, "scan-events": 1 },
    queueReads: { "scan-vision": 1, "scan-events": 1 },
    queueDeletes: { "scan-vision": 1, "scan-events": 1 },
    databaseRowsWritten: { events: 25, metric_counters: 2 },
    logLines: { info: 4 },
  },
  alone: { first: noCounts(), again: noCounts() },
};

describe("the cost of a scan", () => {
  it("takes three operations a message, a row an alarm, and a request a batch", () => {
    expect(usageOfRun(run)).toMatchObject({
      requests: 3.75,
      cpuMs: 10,
      queueOperations: 6,
      objectRequests: 7,
      objectRowsWritten: 18,
      databaseRowsWritten: 27,
      logEvents: 4,
      workflowSteps: 0,
    });
  });

  it("is what a million units cost, times those of a scan", () => {
    const usage = { ...usageOf(noCounts(), 0), queueOperations: 6, workflowSteps: 4 };
    expect(usdOfMillion(usage, "queueOperations")).toBeCloseTo(2.4);
    expect(usdOfMillion(usage, "workflowSteps")).toBe(32);
    expect(costOfMillion(usage)).toBeCloseTo(34.4);
  });

  it("names the allowance of the plan that is used up first", () => {
    expect(includedScans(usageOf({ ...noCounts(), kvWrites: { REGULATIONS: 2 } }, 1))).toEqual({
      scans: 500_000,
      meter: "kvWrites",
    });
  });

  it("has as a Workflow its steps, and neither the stages' queues nor the job's log", () => {
    expect(usageOnWorkflows(run)).toMatchObject({
      requests: 4.25,
      queueOperations: 3,
      objectRequests: 5,
      objectRowsWritten: 7,
      databaseRowsWritten: 27,
      workflowSteps: stages.length,
    });
    expect(fewestSteps).toBeLessThan(stages.length);
    // operations.json was counted with these methods: one that is renamed is renamed there, too.
    for (const name of stillCalled) {
      expect(operations.perScan.objectCalls).toHaveProperty([name]);
    }
    expect(run.perScan.requests).toEqual({ submit: 3 });
  });

  it("is in the scale tables what was counted, but for the metrics, which depend on the rate", () => {
    const { databaseRowsWritten: rows, ...counted } = usageOfRun(operations);
    const { databaseRowsWritten, ...simulated } = usageAt(100_000);
    expect(simulated).toEqual(counted);
    const ofMetrics = (table: string) => table.startsWith("metric_");
    const metrics = total(operations.perScan.databaseRowsWritten, ofMetrics);
    expect(databaseRowsWritten).toBeCloseTo(rows - metrics);
    const line = costOf(100_000).find(({ name }) => name === prices.r2Writes.name);
    const amount = counted.r2Writes * 100_000 * 2_629_800;
    expect(line?.usd).toBeCloseTo(((amount - 1_000_000) / 1_000_000) * 4.5);
  });
});

it("shares counts among scans, most first", () => {
  const counts = { ...noCounts(), requests: { result: 7, submit: 14 } };
  expect(Object.entries(eachOf(counts, 7).requests)).toEqual([
    ["submit", 2],
    ["result", 1],
  ]);
});

it("fills the blocks that a document has marks for, and refuses one that has none", () => {
  const document = "a\n<!-- costs: begin -->old<!-- costs: end -->\nb";
  const filled = withBlocks(document, { costs: "new", times: "none" });
  expect(filled).toBe("a\n<!-- costs: begin -->\n\nnew\n\n<!-- costs: end -->\nb");
  expect(() => withBlocks(document, { times: "none" })).toThrow("times: begin");
});

it("counts what the built Worker asks of the platform for one scan", async () => {
  await using model = await start("bench-model.ts", {});
  await using server = await serve(tmpdir(), {
    modelUrl: model.url,
    worker: await buildCounting(),
  });
  const counts = await countOf(server.url, () => scanAsPage(server.url, "one"));
  const none = operationNames.filter((name) => total(counts[name]) === 0);
  // A scan writes nothing to KV.
  expect(none).toEqual(["kvWrites"]);
  expect(total(counts.requests)).toBe(3);
  expect(total(counts.queueWrites)).toBe(total(counts.queueDeletes));
  expect(total(counts.queueReads)).toBeGreaterThanOrEqual(total(counts.queueDeletes));
  expect(total(counts.r2Writes)).toBe(1);
  expect(total(counts.objectCalls, (name) => name === "ScanJob.recover")).toBe(1);
  // Else they would be missing beside Workflows without a word.
  for (const name of stillCalled) expect(counts.objectCalls).toHaveProperty([name]);
});
