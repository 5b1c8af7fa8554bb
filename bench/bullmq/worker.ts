/** BullMQ's worker: a queue a stage, and in each the stage's own function. */
import { type Job, Worker } from "bullmq";
import { z } from "zod";
import { stages } from "../../src/pipeline/stages/stage-table.ts";
import { connection } from "./connection.ts";
import { stagePorts } from "./stage-ports.ts";

/** As many jobs of a stage at once. */
const concurrency = 100;

const ports = await stagePorts(process.env["MODEL_URL"] ?? "");
const Members = z.record(z.string(), z.unknown());

/** What the job was added with, and what the stages before it have returned: its only child has all of it. */
async function inputOf(job: Job) {
  const [before] = Object.values(await job.getChildrenValues());
  return { ...Members.parse(job.data), ...Members.parse(before ?? {}) };
}

for (const stage of stages) {
  const show = (job: Job, status: "started" | "completed") =>
    job.updateProgress({ stage: stage.name, status, ts: new Date().toISOString() });
  const worker = new Worker(
    stage.name,
    async (job) => {
      await show(job, "started");
      const input = await inputOf(job);
      const signal = AbortSignal.timeout(stage.deadlineMs);
      const output = await stage.execute({ spent_usd: 0, ...input }, ports, signal);
      await show(job, "completed");
      return { ...input, [stage.name]: output };
    },
    { connection, concurrency },
  );
  await worker.waitUntilReady();
}
console.log("working");
