import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { shardsOf, stageNames } from "../../src/pipeline/stages/stage-table.ts";
import { queueOfJob, stageQueues } from "../../src/stage-queues.ts";

const jobs = Array.from({ length: 200 }, () => crypto.randomUUID());
/** A local server's bindings, with numbered queues that are told apart. */
const numbered = { SCAN_VISION_1: env.SCAN_RULE, SCAN_VISION_2: env.SCAN_REWARD };
const local: Env = { ...env, ...numbered };

describe("the queues of a stage", () => {
  it("are those of the table in production", () => {
    for (const stage of stageNames) {
      expect(stageQueues(env, stage).map(({ shard }) => shard)).toEqual(shardsOf(stage));
    }
    for (const jobId of jobs) {
      expect(queueOfJob(env, { jobId, stage: "vision", lane: "prompt" })).toBe(env.SCAN_VISION);
      expect(queueOfJob(env, { jobId, stage: "vision", lane: "bulk" })).toBe(env.SCAN_VISION_BULK);
      expect(queueOfJob(env, { jobId, stage: "reward", lane: "bulk" })).toBe(env.SCAN_REWARD);
    }
  });

  it("are more on a local server, among which each job has its own, as do all its messages", () => {
    expect(stageQueues(local, "vision").map(({ shard }) => shard)).toEqual(["", "bulk", "1", "2"]);
    expect(stageQueues(local, "answer").map(({ shard }) => shard)).toEqual(["", "bulk"]);
    const used = jobs.map((jobId) => {
      const queue = queueOfJob(local, { jobId, stage: "vision", lane: "prompt" });
      expect(queueOfJob(local, { jobId, stage: "vision", lane: "prompt" })).toBe(queue);
      return queue;
    });
    expect(new Set(used)).toEqual(
      new Set([env.SCAN_VISION, numbered.SCAN_VISION_1, numbered.SCAN_VISION_2]),
    );
  });

  it("are those that are there when a number is missing: no message goes to another", () => {
    const { SCAN_VISION_1: _, ...gap } = local;
    expect(stageQueues(gap, "vision").map(({ shard }) => shard)).toEqual(["", "bulk", "2"]);
    const used = jobs.map((jobId) => queueOfJob(gap, { jobId, stage: "vision", lane: "prompt" }));
    expect(new Set(used)).toEqual(new Set([env.SCAN_VISION, numbered.SCAN_VISION_2]));
  });
});
