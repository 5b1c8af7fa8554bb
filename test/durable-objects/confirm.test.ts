import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Choice } from "../../src/pipeline/decisions/interventions.ts";
import { effectsOf } from "../../src/pipeline/effects.ts";
import { eventsVersion } from "../../src/pipeline/domain-event.ts";
import type { JobEvent } from "../../src/pipeline/job-events.ts";
import { resultOf } from "../../src/pipeline/result.ts";
import { categoryClass } from "../../src/pipeline/taxonomy.ts";
import {
  buildSubmission,
  claimStage,
  stagesAfter,
  completeStages,
  completeUnclear,
  type Job,
  jobOf,
  parkJob,
  stageOutputs,
  stateOf,
  unclearVision,
} from "../support/job-builders.ts";
import { framesOf, stepsOf } from "../support/job-frames.ts";
import { historyRows, statsRows } from "../support/user-history.ts";

const choose = (category: "유리병" | "금속류"): Choice => ({
  by: "category",
  classification: categoryClass(category),
  situation_tags: [],
});
const glass = choose("유리병");

/** A completed scan that asks its resident. */
async function asked(output = unclearVision) {
  const submission = buildSubmission();
  const job = jobOf(submission.jobId);
  await job.submit(submission);
  await completeUnclear(job, output);
  return { job, user: submission.userId };
}

const afterVision = stagesAfter("vision");

async function resultAfter(job: Job) {
  const state = await stateOf(job);
  return state && resultOf(state);
}

afterEach(() => void vi.useRealTimers());

describe("confirm", () => {
  it("continues the same job behind its first stage, on the same stream", async () => {
    const { job, user } = await asked();
    const before = await framesOf(job, user);
    expect(await job.confirm(user, glass)).toMatchObject({ reply: "confirmed" });
    await completeStages(job, afterVision);
    const frames = await framesOf(job, user);
    expect(stepsOf(frames.slice(before.length))).toEqual([
      "vision confirmed",
      "rule started",
      "rule completed",
      "answer started",
      "answer completed",
      "reward started",
      "reward completed",
      "done completed",
    ]);
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, index) => index));
    expect(stepsOf(frames).filter((step) => step === "done completed")).toHaveLength(1);
    expect(frames[before.length - 1]).toMatchObject({ stage: "done", status: "resumed" });
    const result = await resultAfter(job);
    expect(result?.pipeline_result?.classification_result).toMatchObject({
      classification: { middle_category: "유리병" },
      confidence: 1,
      asks: null,
      confirmed_by: "category",
    });
    expect(result?.reward).toMatchObject({ name: "페티" });
    // The photo was paid for once.
    expect(result?.metadata.calls.filter(({ stage }) => stage === "vision")).toHaveLength(1);
  });

  it("changes nothing when the same choice comes again, and refuses another", async () => {
    const { job, user } = await asked();
    await job.confirm(user, glass);
    const { nextSeq } = (await stateOf(job)) ?? {};
    expect(await job.confirm(user, glass)).toMatchObject({ reply: "confirmed" });
    expect(await job.confirm(user, choose("금속류"))).toMatchObject({
      reply: "confirmed-otherwise",
    });
    expect((await stateOf(job))?.nextSeq).toBe(nextSeq);
    await completeStages(job, afterVision);
    expect(await job.confirm(user, glass)).toMatchObject({ reply: "confirmed" });
    expect((await stateOf(job))?.status).toBe("completed");
  });

  it("refuses a scan that runs, one without candidates, and another user's", async () => {
    const running = jobOf(crypto.randomUUID());
    const submission = buildSubmission();
    await running.submit(submission);
    expect(await running.confirm(submission.userId, glass)).toMatchObject({ reply: "not-ended" });
    const { job, user } = await asked({ ...unclearVision, candidates: [] });
    expect(await job.confirm(user, glass)).toMatchObject({ reply: "nothing-to-confirm" });
    expect(await job.confirm("another", glass)).toBe("not-found");
    expect((await stateOf(job))?.status).toBe("completed");
  });

  it("leaves a scan that was not confirmed within the hour as it was", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { job, user } = await asked();
    const result = await resultAfter(job);
    vi.setSystemTime(Date.now() + 60 * 60_000);
    expect(await job.confirm(user, glass)).toBe("not-found");
    expect(await resultAfter(job)).toEqual(result);
    await runDurableObjectAlarm(job);
    expect(await stateOf(job)).toBeNull();
  });

  it("keeps the job for an hour from its second end", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { job, user } = await asked();
    vi.setSystemTime(Date.now() + 59 * 60_000);
    await job.confirm(user, glass);
    await completeStages(job, afterVision);
    vi.setSystemTime(Date.now() + 59 * 60_000);
    await runDurableObjectAlarm(job);
    expect((await stateOf(job))?.status).toBe("completed");
  });

  it.each(afterVision)("goes on when the object is evicted before %s", async (stage) => {
    const { job, user } = await asked();
    await job.confirm(user, glass);
    for (const name of afterVision) {
      if (name === stage) await evictDurableObject(job);
      await completeStages(job, [name]);
    }
    expect((await resultAfter(job))?.pipeline_result?.classification_result.confirmed_by).toBe(
      "category",
    );
  });

  it("sends the message again when the process dies before it is sent", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { job, user } = await asked();
    await job.confirm(user, glass);
    // The message is lost: nobody claims. The watchdog sends it again.
    vi.setSystemTime(Date.now() + 60_000);
    await runDurableObjectAlarm(job);
    expect(await stateOf(job)).toMatchObject({ status: "running", stage: "rule", dispatches: 1 });
  });

  it("cancels, parks and fails like any other run", async () => {
    const cancelled = await asked();
    await cancelled.job.confirm(cancelled.user, glass);
    await cancelled.job.cancel(cancelled.user);
    expect((await resultAfter(cancelled.job))?.status).toBe("cancelled");
    expect(await cancelled.job.confirm(cancelled.user, glass)).toMatchObject({
      reply: "confirmed",
    });
    expect((await stateOf(cancelled.job))?.status).toBe("cancelled");

    const parked = await asked();
    await parked.job.confirm(parked.user, glass);
    await parkJob(parked.job, "rule");
    await parked.job.resume("rule", "decision");
    await completeStages(parked.job, afterVision);
    expect((await resultAfter(parked.job))?.status).toBe("completed");
  });

  it("ignores a late attempt of the first run", async () => {
    const submission = buildSubmission();
    const job = jobOf(submission.jobId);
    await job.submit(submission);
    const late = await claimStage(job, "vision");
    await job.complete(late, [{ stage: "vision", output: unclearVision }]);
    await completeStages(job, stagesAfter("vision").slice(0, -1));
    await job.complete(await claimStage(job, "reward"), [
      { stage: "reward", output: { reward: null, reward_pending: false } },
    ]);
    await job.confirm(submission.userId, glass);
    expect(await job.complete(late, [{ stage: "vision", output: unclearVision }])).toBe("stale");
    expect(await job.claim("vision", "late")).toMatchObject({ verdict: "ack" });
    expect((await stateOf(job))?.stage).toBe("rule");
  });
});

describe("the effects of a confirmed scan", () => {
  const confirmedLog = (): JobEvent[] => {
    const drafts = [
      { type: "queued", ...buildSubmission(), eventsVersion },
      { type: "started", stage: "vision", attempt: 1, lease: "a" },
      { type: "completed", stage: "vision", output: unclearVision },
      { type: "started", stage: "rule", attempt: 1, lease: "a" },
      { type: "completed", stage: "rule", output: stageOutputs.rule },
      { type: "started", stage: "answer", attempt: 1, lease: "b" },
      { type: "completed", stage: "answer", output: stageOutputs.answer },
      { type: "started", stage: "reward", attempt: 1, lease: "b" },
      { type: "completed", stage: "reward", output: { reward: null, reward_pending: false } },
      { type: "done" },
      { type: "confirmed", ...glass },
      { type: "started", stage: "rule", attempt: 1, lease: "c" },
      { type: "completed", stage: "rule", output: stageOutputs.rule },
      { type: "started", stage: "answer", attempt: 1, lease: "d" },
      { type: "completed", stage: "answer", output: stageOutputs.answer },
      { type: "started", stage: "reward", attempt: 1, lease: "d" },
      { type: "completed", stage: "reward", output: stageOutputs.reward },
      { type: "done" },
    ] as const;
    return drafts.map((draft, seq): JobEvent => Object.assign({ seq, at: seq * 1000 }, draft));
  };

  it("are those of both runs: the second names the outcome that it replaces", () => {
    const { events, ends } = effectsOf(confirmedLog(), -1);
    expect(events?.events.map(({ type }) => type)).toEqual([
      "scan.requested",
      "scan.classified",
      "scan.rules_retrieved",
      "scan.answered",
      "scan.rewarded",
      "scan.completed",
      "scan.confirmed",
      "scan.rules_retrieved",
      "scan.answered",
      "scan.rewarded",
      "scan.completed",
    ]);
    expect(events?.events.map(({ seq }) => seq)).toEqual([...Array(11).keys()]);
    expect(events?.events[4]?.data).toEqual({ reward_granted: false, reason: "not_confirmed" });
    expect(events?.events[6]?.data).toMatchObject({
      by: "category",
      chosen: { middle_category: "유리병" },
      shown: unclearVision.candidates,
    });
    expect(events?.events[10]?.data).toMatchObject({
      classification: { middle_category: "유리병" },
      replaces: { ended_at: 9000, classification: { middle_category: "금속류" }, rewarded: false },
    });
    expect(ends.map(({ announced }) => announced?.character.code ?? null)).toEqual([
      null,
      "char-petty",
    ]);
  });

  it("changes the history and its totals from the first class to the second, in whatever order the ends come", async () => {
    const { ends } = effectsOf(confirmedLog(), -1);
    const [first, second] = ends;
    if (!first || !second) throw new Error("There are two ends");
    const { userId, entry } = first;
    const account = env.USER_ACCOUNT.getByName(userId);
    vi.useFakeTimers({ toFake: ["Date"], now: entry.requestedAt });
    await account.admit(entry.jobId, { perDay: null, atOnce: null });
    const rows = async () =>
      (await historyRows(userId)).map(({ middle, reward_code }) => ({ middle, reward_code }));
    await account.recordEnd(entry, first.announced);
    expect(await rows()).toEqual([{ middle: "금속류", reward_code: null }]);
    await account.recordContinued(entry.jobId);
    expect(await rows()).toEqual([{ middle: "금속류", reward_code: null }]);
    for (const end of [second, first, second]) await account.recordEnd(end.entry, end.announced);
    expect(await rows()).toEqual([{ middle: "유리병", reward_code: "char-petty" }]);
    expect(await statsRows(userId)).toMatchObject({
      total: 1,
      by_category: [{ middle: "유리병", scans: 1, rewards: 1 }],
    });
  });

  it("changes the daily statistics from the first class to the second", async () => {
    const { appendEvents } = await import("../../src/events/append-events.ts");
    const { catchUpProjections } = await import("../../src/events/catch-up.ts");
    const log = confirmedLog();
    const { events: message } = effectsOf(log, -1);
    if (!message) throw new Error("There are no events");
    const first = { ...message, events: message.events.slice(0, 4) };
    // The log drops events that are much older than this.
    vi.useFakeTimers({ toFake: ["Date"], now: message.events.at(-1)?.at ?? 0 });
    for (const part of [first, message, message]) {
      await appendEvents(env.DB, [part]);
      await catchUpProjections(env, 10);
    }
    vi.useRealTimers();
    const { results } = await env.DB.prepare(
      `SELECT middle, sum(scans) AS scans, sum(rewards) AS rewards, sum(input_tokens) AS tokens
       FROM daily_statistics WHERE day = '1970-01-01' GROUP BY middle ORDER BY middle`,
    ).all();
    expect(results).toEqual([
      { middle: "금속류", scans: 0, rewards: 0, tokens: 0 },
      { middle: "유리병", scans: 1, rewards: 1, tokens: 300 },
    ]);
    const confirmed = await env.DB.prepare("SELECT middle, confirmed_by FROM confirmations").all();
    expect(confirmed.results).toContainEqual({ middle: "유리병", confirmed_by: "category" });
  });
});
