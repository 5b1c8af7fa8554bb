import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, inject, it, vi } from "vitest";
import { redriveDue } from "../../src/cron/redrive-due.ts";
import { pipelineControl } from "../../src/control-client.ts";
import { queueName, type StageName } from "../../src/pipeline/stages/stage-table.ts";
import { buildMessage, deliver, modelEnv, stageMessage } from "../support/queue-messages.ts";
import { modelCalls } from "../support/model-calls.ts";
import { deadLetterOf } from "../support/parked-job.ts";
import { buildSubmission, jobOf, stateOf } from "../support/job-builders.ts";

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  await pipelineControl(env).reset("openai");
});
afterEach(() => void vi.useRealTimers());

const minutes = 60_000;
const scans = 200;
const batchSize = 25;

/** Hands a stage's messages out in batches, as its queue does, and then those of the jobs it has parked. */
async function deliverAll(jobs: readonly string[], stage: StageName): Promise<void> {
  for (let from = 0; from < jobs.length; from += batchSize) {
    const batch = jobs.slice(from, from + batchSize);
    const messages = batch.map((jobId) => buildMessage<unknown>(stageMessage(jobId, stage)));
    await deliver(queueName(stage), messages, modelEnv());
    const parked = (await statesOf(batch)).filter((it) => it?.status === "parked");
    const deadLetters = parked.map((it) =>
      buildMessage<unknown>(stageMessage(it?.jobId ?? "", stage, it?.redrives)),
    );
    if (deadLetters.length > 0) await deliver(`dlq-scan-${stage}`, deadLetters);
  }
}

/** Begins or ends a time in which no answers are to be had. */
async function outage(method: "PUT" | "DELETE", words: string) {
  const url = new URL(inject("modelBaseURL"));
  url.searchParams.set("outage", words);
  await (await fetch(url, { method })).text();
}

const statesOf = (jobs: readonly string[]) =>
  Promise.all(jobs.map((jobId) => stateOf(jobOf(jobId))));

it(
  "keeps 200 scans through ninety minutes without their provider, and pays each vision call once",
  { timeout: 300_000 },
  async () => {
    const words = crypto.randomUUID();
    await outage("PUT", words);
    const jobs: string[] = [];
    for (let scan = 0; scan < scans; scan++) {
      const submission = buildSubmission(
        {
          user_input: `생수병 ${words} {${scan}-${words}}`,
          model: "gpt-5.2",
        },
        { userId: `user-${scan % 7}` },
      );
      jobs.push(submission.jobId);
      await jobOf(submission.jobId).submit(submission);
    }
    await deliverAll(jobs, "vision");

    // Messages come late, until each job has waited for an hour and is parked.
    const upAt = Date.now() + 90 * minutes;
    while (Date.now() < upAt) {
      const waiting = (await statesOf(jobs)).filter((it) => it?.status === "running");
      if (waiting.length === 0) break;
      vi.setSystemTime(
        Math.max(Date.now() + 5 * minutes, ...waiting.map((it) => it?.readyAt ?? 0)),
      );
      await deliverAll(
        waiting.map((it) => it?.jobId ?? ""),
        "answer",
      );
    }
    const parked = await statesOf(jobs);
    expect(parked.filter((it) => it?.status === "parked")).toHaveLength(scans);
    for (const state of parked) {
      expect([state?.error?.code, state?.provider]).toEqual(["MODEL_UNAVAILABLE", "openai"]);
    }
    const spent = (await modelCalls(words)).filter(({ kind }) => kind === "answer").length;

    vi.setSystemTime(upAt);
    await outage("DELETE", words);
    await redriveDue({ ...env });
    const redriven = async () =>
      (await statesOf(jobs)).filter((it) => it?.status === "running").map((it) => it?.jobId ?? "");
    const probes = await redriven();
    expect(probes).toHaveLength(1);
    await deliverAll(probes, "answer");
    // The first success redrives fifty at once, and the next fifty after 5 s.
    const backAt = Date.now();
    while (await runDurableObjectAlarm(env.AUTOMATIC_REDRIVE.getByName("control"))) {
      await deliverAll(await redriven(), "answer");
      vi.setSystemTime(Date.now() + 5_000);
    }
    expect(Date.now() - backAt).toBeLessThanOrEqual((scans / 50 + 1) * 5_000);
    const paid = (await modelCalls(words)).filter(({ kind }) => kind === "answer").length;
    expect(paid - spent).toBe(scans);
    const ended = await statesOf(jobs);
    expect(ended.filter((it) => it?.status === "completed")).toHaveLength(scans);
    expect(ended.map((it) => it?.timeline.vision?.attempts)).toEqual(jobs.map(() => 1));
    const calls = await modelCalls(words);
    expect(calls.filter(({ kind }) => kind === "vision")).toHaveLength(scans);
    const deadLetters = await Promise.all(jobs.map((jobId) => deadLetterOf(jobId, "answer")));
    expect(deadLetters.filter((it) => it?.status === "recovered")).toHaveLength(scans);
  },
);
