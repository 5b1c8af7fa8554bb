import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { effectsOf } from "../../src/pipeline/effects.ts";
import { eventsVersion } from "../../src/pipeline/domain-event.ts";
import type { EventDraft, JobEvent } from "../../src/pipeline/job-events.ts";
import { resultOf } from "../../src/pipeline/result.ts";
import { eraseAccount } from "../support/erase-user.ts";
import { buildHistoryEntry } from "../support/build-history-entry.ts";
import {
  buildSubmission,
  claimStage,
  completeStages,
  stagesBefore,
  type Job,
  jobOf,
  stageOutputs,
  stateOf,
} from "../support/job-builders.ts";
import { framesOf, stepsOf } from "../support/job-frames.ts";

const nothing = { stage: "reward", output: { reward: null, reward_pending: false } } as const;
const limited = {
  stage: "reward",
  output: { reward: null, reward_pending: false, refusal: "words_limit" },
} as const;
const unfinished = { ...stageOutputs.answer, insufficiencies: ["라벨을 떼어 주세요."] };

/** A completed scan that has no character. */
async function ended(
  answer = unfinished,
  refused: typeof nothing | typeof limited = nothing,
): Promise<{ job: Job; user: string }> {
  const submission = buildSubmission();
  const job = jobOf(submission.jobId);
  await job.submit(submission);
  await completeStages(job, stagesBefore("answer"));
  await job.complete(await claimStage(job, "answer"), [{ stage: "answer", output: answer }]);
  await job.complete(await claimStage(job, "reward"), [refused]);
  return { job, user: submission.userId };
}

async function resultAfter(job: Job) {
  const state = await stateOf(job);
  return state && resultOf(state);
}

afterEach(() => void vi.useRealTimers());

describe("ticked steps", () => {
  it("continue the same scan at its last stage, on the same stream, with nothing left to do", async () => {
    const { job, user } = await ended();
    expect(await resultAfter(job)).toMatchObject({
      reward: null,
      reward_refusal: { reason: "insufficiencies", message: expect.stringContaining("다 했어요") },
    });
    const before = await framesOf(job, user);
    expect(await job.finishSteps(user)).toMatchObject({ reply: "finished" });
    await completeStages(job, ["reward"]);
    const frames = await framesOf(job, user);
    expect(stepsOf(frames.slice(before.length))).toEqual([
      "answer completed",
      "reward started",
      "reward completed",
      "done completed",
    ]);
    expect(frames[before.length]).toMatchObject({ result: { insufficiencies: [] } });
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, index) => index));
    expect(stepsOf(frames).filter((step) => step === "done completed")).toHaveLength(1);
    expect(await resultAfter(job)).toMatchObject({
      status: "completed",
      pipeline_result: { final_answer: { insufficiencies: [] } },
      reward: { name: "페티" },
      reward_refusal: null,
    });
  });

  it("give the character that words alone do not give any more", async () => {
    const { job, user } = await ended(stageOutputs.answer, limited);
    expect(await resultAfter(job)).toMatchObject({ reward_refusal: { reason: "words_limit" } });
    await job.finishSteps(user);
    const claimed = await job.claim("reward", crypto.randomUUID());
    expect(claimed).toMatchObject({ input: { owner: { words_only: false } } });
  });

  it("change nothing when they are ticked again, while it runs and after its end", async () => {
    const { job, user } = await ended();
    await job.finishSteps(user);
    const { nextSeq } = (await stateOf(job)) ?? {};
    expect(await job.finishSteps(user)).toMatchObject({ reply: "finished" });
    expect((await stateOf(job))?.nextSeq).toBe(nextSeq);
    await completeStages(job, ["reward"]);
    expect(await job.finishSteps(user)).toMatchObject({ reply: "finished" });
    expect((await stateOf(job))?.status).toBe("completed");
  });

  it("are refused for a scan that runs, has a character, or is another user's", async () => {
    const submission = buildSubmission();
    const running = jobOf(submission.jobId);
    await running.submit(submission);
    expect(await running.finishSteps(submission.userId)).toMatchObject({ reply: "not-ended" });
    await completeStages(running);
    expect(await running.finishSteps(submission.userId)).toMatchObject({
      reply: "nothing-to-finish",
    });
    expect(await running.finishSteps("another")).toBe("not-found");
  });

  it("are too late an hour after the end", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { job, user } = await ended();
    vi.setSystemTime(Date.now() + 60 * 60_000);
    expect(await job.finishSteps(user)).toBe("not-found");
    await runDurableObjectAlarm(job);
    expect(await stateOf(job)).toBeNull();
  });

  it("go on when the object is evicted, and when the message of the stage is lost", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { job, user } = await ended();
    await job.finishSteps(user);
    await evictDurableObject(job);
    vi.setSystemTime(Date.now() + 20_000);
    await runDurableObjectAlarm(job);
    await evictDurableObject(job);
    await completeStages(job, ["reward"]);
    expect(await resultAfter(job)).toMatchObject({ reward: { name: "페티" } });
  });

  it("count the scan once in the statistics, with its character", () => {
    const { vision, rule, reward } = stageOutputs;
    const drafts: EventDraft[] = [
      { type: "queued", ...buildSubmission(), eventsVersion },
      { type: "completed", stage: "vision", output: vision },
      { type: "completed", stage: "rule", output: rule },
      { type: "completed", stage: "answer", output: unfinished },
      { type: "completed", stage: "reward", output: nothing.output },
      { type: "done" },
      { type: "steps_done" },
      { type: "completed", stage: "reward", output: reward },
      { type: "done" },
    ];
    const log = drafts.map((draft, seq): JobEvent => Object.assign({ seq, at: seq * 1000 }, draft));
    const { events, ends } = effectsOf(log, -1);
    const rewarded = events?.events.filter(({ type }) => type === "scan.rewarded");
    expect(rewarded).toMatchObject([
      { data: { reward_granted: false, reason: "insufficiencies" } },
      { data: { reward_granted: true, code: "char-petty" } },
    ]);
    expect(events?.events.at(-1)).toMatchObject({
      type: "scan.completed",
      data: { insufficiencies: [], replaces: { ended_at: 5000, rewarded: false } },
    });
    expect(ends.map(({ announced }) => announced?.character.code)).toEqual([
      undefined,
      "char-petty",
    ]);
    const { continued } = effectsOf(log.slice(0, 7), 5);
    expect(continued).not.toBeNull();
  });
});

const quota = { perDay: null, atOnce: null };

describe("a character from words alone", () => {
  const accountOf = (userId: string) => env.USER_ACCOUNT.getByName(userId);

  async function admitted(userId: string) {
    const { jobId } = await accountOf(userId).admit(crypto.randomUUID(), quota);
    return jobId;
  }

  it("is one new one a user and day, and the same for the same scan", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 10, 2, 3) });
    const userId = crypto.randomUUID();
    const account = accountOf(userId);
    const [first, second] = [await admitted(userId), await admitted(userId)];
    expect(await account.allowForWords(first, "char-petty")).toBe(true);
    expect(await account.allowForWords(second, "char-glassy")).toBe(false);
    await evictDurableObject(account);
    // An attempt whose reply was lost asks again.
    expect(await account.allowForWords(first, "char-petty")).toBe(true);
    expect(await account.allowForWords(first, "char-glassy")).toBe(false);
    // A day ends at midnight in Seoul.
    vi.setSystemTime(Date.UTC(2026, 10, 2, 15));
    expect(await account.allowForWords(second, "char-glassy")).toBe(true);
  });

  it("is no new one where the user owns it", async () => {
    const userId = crypto.randomUUID();
    const account = accountOf(userId);
    const { code, ...texts } = { code: "char-petty", name: "페티", type: "재활용", dialog: "!" };
    await account.grantDefault({
      id: crypto.randomUUID(),
      userId,
      character: { code, ...texts },
      acquiredAt: 1,
    });
    const [first, second] = [await admitted(userId), await admitted(userId)];
    expect(await account.allowForWords(first, code)).toBe(true);
    expect(await account.allowForWords(second, "char-glassy")).toBe(true);
    expect(await account.allowForWords(first, "char-metally")).toBe(false);
  });

  it("is left for another scan when the scan that took it ends without one", async () => {
    const userId = crypto.randomUUID();
    const account = accountOf(userId);
    const [first, second] = [await admitted(userId), await admitted(userId)];
    await account.allowForWords(first, "char-petty");
    const entry = buildHistoryEntry(first);
    const cancelled = {
      ...entry,
      status: "cancelled",
      rewardCode: null,
      rewardName: null,
    } as const;
    await account.recordEnd(cancelled, null);
    expect(await account.allowForWords(second, "char-glassy")).toBe(true);
  });

  it("is limited when it is matched later, too, and once", async () => {
    const userId = crypto.randomUUID();
    const account = accountOf(userId);
    const jobs = [await admitted(userId), await admitted(userId)];
    const endedAt = Date.now();
    const grants: (string | undefined)[] = [];
    for (const [index, jobId] of jobs.entries()) {
      const entry = buildHistoryEntry(jobId, { endedAt });
      await account.recordEnd(entry, null);
      expect(await account.awaitReward(jobId, endedAt, true)).toBe(true);
      const code = ["char-petty", "char-glassy"][index] ?? "";
      const character = { code, name: code, type: "재활용", dialog: "!" };
      const grant = { id: jobId, userId, character, acquiredAt: endedAt };
      for (let time = 0; time < 2; time++) {
        grants.push((await account.settleReward(jobId, endedAt, grant))?.character.code);
      }
    }
    expect(grants).toEqual(["char-petty", "char-petty", undefined, undefined]);
  });

  it("leaves nothing in the account of an erased user", async () => {
    const userId = crypto.randomUUID();
    const account = accountOf(userId);
    const jobId = await admitted(userId);
    await eraseAccount(userId);
    await account.allowForWords(jobId, "char-petty");
    expect(await account.isEmpty()).toBe(true);
    expect(await account.allowForWords(await admitted(userId), "char-glassy")).toBe(true);
  });
});
