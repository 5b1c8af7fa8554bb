import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ScanJob } from "../../durable-objects/scan-job/scan-job.ts";
import type { StageResult } from "../../src/pipeline/decisions/attempts.ts";
import { redriveDue } from "../../src/cron/redrive-due.ts";
import { captured } from "../support/captured-queues-worker.ts";
import { buildMessage, deliver, deliverStage, stageMessage } from "../support/queue-messages.ts";
import { deadLetterOf, exhaustAttempts } from "../support/parked-job.ts";
import {
  buildSubmission,
  claimStage,
  completeStages,
  jobOf,
  stagesBefore,
  stageOutputs,
  stateOf,
} from "../support/job-builders.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const code = "char-petty";
const saves = ["character-ownership", "user-characters"];
const soon = { timeout: 10_000 };
const accountOf = (userId: string) => env.USER_ACCOUNT.getByName(userId);

/** A scan of a user that was let in and is ready to be answered, and then rewarded. */
async function aScan(userId: string) {
  const submission = buildSubmission({}, { userId });
  const { jobId } = submission;
  const { owned } = await accountOf(userId).admit(jobId, { perDay: null, atOnce: null });
  const job = jobOf(jobId);
  await job.submit({ ...submission, owned });
  await completeStages(job, stagesBefore("answer"));
  const reward = async () => (await stateOf(job))?.checkpoints.reward?.reward;
  return { job, jobId, reward };
}

/** The saves of a user's characters that were sent, as queue and job. */
const saved = (userId: string) =>
  captured.flatMap(({ queue, body }) => {
    const text = JSON.stringify(body);
    const id = /"id":"([^"]+)"/.exec(text)?.[1];
    return saves.includes(queue) && text.includes(userId) ? [`${queue} ${id}`] : [];
  });
const bothOf = (jobId: string) => saves.map((queue) => `${queue} ${jobId}`);

describe("scans of one user that earn the same character at the same time", () => {
  it("all announce it as new, and save it once", async () => {
    const userId = crypto.randomUUID();
    const scans = await Promise.all(Array.from({ length: 8 }, () => aScan(userId)));
    await Promise.all(scans.map(({ jobId }) => deliverStage(jobId, "answer", env)));
    for (const { reward } of scans) {
      expect(await reward()).toMatchObject({ code, already_owned: false });
    }
    await vi.waitFor(() => expect(saved(userId)).toHaveLength(2), soon);
    expect(scans.map(({ jobId }) => bothOf(jobId))).toContainEqual(saved(userId).toSorted());
  });

  it("save it for the other when one is cancelled while its reward is matched", async () => {
    const userId = crypto.randomUUID();
    const [first, second] = [await aScan(userId), await aScan(userId)];
    await first.job.complete(await claimStage(first.job, "answer"), [
      { stage: "answer", output: stageOutputs.answer },
    ]);
    const lease = await claimStage(first.job, "reward");
    await first.job.cancel(userId);
    const results: [StageResult] = [{ stage: "reward", output: stageOutputs.reward }];
    expect(await first.job.complete(lease, results)).toBe("stale");
    await deliverStage(second.jobId, "answer", env);
    expect(await second.reward()).toMatchObject({ code, already_owned: false });
    await vi.waitFor(() => expect(saved(userId).toSorted()).toEqual(bothOf(second.jobId)), soon);
  });
});

describe("a scan of a user who owns its character", () => {
  it("knows that from its admission, and saves nothing again", async () => {
    const userId = crypto.randomUUID();
    const first = await aScan(userId);
    await deliverStage(first.jobId, "answer", env);
    expect(await first.reward()).toMatchObject({ code, already_owned: false });
    const second = await aScan(userId);
    const asked = vi.spyOn(env.USER_ACCOUNT, "getByName");
    await deliverStage(second.jobId, "answer", env);
    // It reports the end, and asks nothing of a character that is owned.
    expect(asked).toHaveBeenCalledTimes(1);
    expect(await second.reward()).toMatchObject({ code, already_owned: true });
    await vi.waitFor(() => expect(saved(userId).toSorted()).toEqual(bothOf(first.jobId)), soon);
  });
});

describe("a scan whose account is unreachable at its end", () => {
  /** A scan whose end did not reach its account, and what ends that. */
  async function endedUnrecorded() {
    vi.useFakeTimers({ toFake: ["Date"] });
    const userId = crypto.randomUUID();
    const scan = await aScan(userId);
    const away = await runInDurableObject(scan.job, (instance: ScanJob) =>
      vi.spyOn(instance["env"].USER_ACCOUNT, "getByName").mockImplementation(() => {
        throw new Error("The account is away");
      }),
    );
    for (const stage of ["answer", "reward"] as const) {
      await scan.job.complete(await claimStage(scan.job, stage), [
        { stage: stage, output: stageOutputs[stage] },
      ]);
    }
    return { userId, ...scan, back: () => away.mockRestore() };
  }

  it("completes, and records its end and saves its character when the account is back", async () => {
    const { userId, job, jobId, back } = await endedUnrecorded();
    expect(await stateOf(job)).toMatchObject({ status: "completed" });
    expect(saved(userId)).toEqual([]);
    back();
    vi.setSystemTime(Date.now() + 30_000);
    await runDurableObjectAlarm(job);
    await vi.waitFor(() => expect(saved(userId).toSorted()).toEqual(bothOf(jobId)), soon);
    const one = { perDay: null, atOnce: 1 };
    expect(await accountOf(userId).admit(crypto.randomUUID(), one)).toMatchObject({
      admitted: true,
      owned: [code],
    });
  });

  it("is kept until its end is recorded, even for more than an hour", async () => {
    const { job, back } = await endedUnrecorded();
    vi.setSystemTime(Date.now() + 60 * 60_000);
    await runDurableObjectAlarm(job);
    back();
    expect(await stateOf(job)).not.toBeNull();
  });
});

describe("a parked scan that is erased", () => {
  it("stays erased when a redrive or a late message arrives", async () => {
    const userId = crypto.randomUUID();
    const { job, jobId } = await aScan(userId);
    await exhaustAttempts(jobId, "answer");
    expect(await stateOf(job)).toMatchObject({ status: "parked" });
    expect(await deadLetterOf(jobId, "answer")).toMatchObject({ status: "parked" });
    await job.erase();
    await redriveDue(env);
    expect(await deadLetterOf(jobId, "answer")).toMatchObject({ status: "archived" });
    const late = buildMessage<unknown>(stageMessage(jobId, "answer"));
    await deliver("dlq-scan-answer", [late], env);
    expect(late.ack).toHaveBeenCalledTimes(1);
    const message = await deliverStage(jobId, "answer", env);
    expect(message.ack).toHaveBeenCalledTimes(1);
    expect(await stateOf(job)).toBeNull();
    const noted = await env.DB.prepare("SELECT user_id, error_code FROM dead_letters WHERE id = ?")
      .bind(late.id)
      .first();
    expect(noted).toEqual({ user_id: null, error_code: "JOB_NOT_FOUND" });
  });
});
