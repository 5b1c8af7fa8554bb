import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ScanJob } from "../../durable-objects/scan-job/scan-job.ts";
import {
  buildSubmission,
  claimStage,
  completeStages,
  type Job,
  jobOf,
  stateOf,
  stageOutputs,
} from "../support/job-builders.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const hourMs = 3_600_000;

/** All that an object holds. */
const stored = (job: Job) =>
  runInDurableObject(job, async (_, { storage }) => ({
    tables: storage.sql
      .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_%' ESCAPE '\\'")
      .toArray(),
    keys: Array.from(storage.kv.list(), ([key]) => key),
    alarm: await storage.getAlarm(),
  }));
const nothing = { tables: [], keys: [], alarm: null };

/** A scan that was purged an hour after its end. */
async function purged(rest: Parameters<typeof buildSubmission>[1] = {}) {
  vi.useFakeTimers({ toFake: ["Date"] });
  const submission = buildSubmission({}, { userId: crypto.randomUUID(), ...rest });
  const account = env.USER_ACCOUNT.getByName(submission.userId);
  await account.admit(submission.jobId, { perDay: null, atOnce: null }, crypto.randomUUID());
  const job = jobOf(submission.jobId);
  await job.submit(submission);
  await completeStages(job);
  const endedAt = Date.now();
  vi.setSystemTime(endedAt + hourMs);
  await runDurableObjectAlarm(job);
  expect(await stateOf(job)).toBeNull();
  return { job, submission, endedAt };
}

describe("the idempotency record of a purged scan", () => {
  it("answers the same request with the end, and refuses another, also after an eviction", async () => {
    const { job, submission, endedAt } = await purged();
    const ended = { verdict: "ended", ended: { status: "completed", endedAt } };
    expect(await job.submit(submission)).toMatchObject(ended);
    await evictDurableObject(job);
    expect(await job.submit(submission)).toMatchObject(ended);
    const other = { ...submission, requestHash: "another" };
    expect(await job.submit(other)).toEqual({ verdict: "conflict" });
    expect(await stateOf(job)).toBeNull();
  });

  it("is all that the object holds, without what the resident has sent", async () => {
    const { job, submission } = await purged();
    const { tables, keys } = await stored(job);
    expect({ tables, keys }).toEqual({ tables: [], keys: ["ended-scan"] });
    const text = await runInDurableObject(job, (_, { storage }) =>
      JSON.stringify(Array.from(storage.kv.list())),
    );
    expect(text).not.toContain(submission.userId);
  });

  it("lets no late message or call bring the scan back", async () => {
    const { job, submission } = await purged();
    const late = await Promise.all([
      job.claim("vision", "late"),
      job.complete("late", [{ stage: "vision", output: stageOutputs.vision }]),
      job.renew("vision", "late"),
      job.park("vision", 0),
      job.resume("vision", "late"),
      job.cancel(submission.userId),
      job.snapshot(submission.userId),
      job.recover(),
    ]);
    expect(new Set(late)).toEqual(new Set(["not-found"]));
    expect(await job.submit(submission)).toMatchObject({ verdict: "ended" });
  });

  it("is deleted a day after the end", async () => {
    const { job, submission, endedAt } = await purged();
    vi.setSystemTime(endedAt + 24 * hourMs);
    await runDurableObjectAlarm(job);
    expect(await job.submit(submission)).toMatchObject({ verdict: "ended" });
    vi.setSystemTime(endedAt + 25 * hourMs);
    await runInDurableObject(job, (instance: ScanJob) => instance.alarm());
    expect(await stored(job)).toEqual(nothing);
  });

  it("counts no more a day after the end, even when its alarm was lost", async () => {
    const { job, submission, endedAt } = await purged();
    vi.setSystemTime(endedAt + 25 * hourMs);
    expect(await job.submit(submission)).toMatchObject({ verdict: "accepted" });
    expect(await claimStage(job, "vision")).toEqual(expect.any(String));
  });

  it("is not left by a scan that no key names", async () => {
    const { job } = await purged({ keyed: false });
    expect(await stored(job)).toEqual(nothing);
  });

  it("is deleted with its user, whose account lists it", async () => {
    const { job, submission } = await purged();
    vi.setSystemTime(Date.now() + 20 * hourMs);
    const account = env.USER_ACCOUNT.getByName(submission.userId);
    await account.admit(crypto.randomUUID(), { perDay: null, atOnce: null });
    expect(await account.jobs()).toContain(submission.jobId);
    expect(await job.erase()).toEqual({ photoKey: null });
    expect(await stored(job)).toEqual(nothing);
    expect(await job.erase()).toBe("not-found");
  });

  it("is not left by a scan that is erased while it is purged", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const submission = buildSubmission();
    const job = jobOf(submission.jobId);
    await job.submit(submission);
    await completeStages(job);
    await runInDurableObject(job, (instance: ScanJob) => {
      vi.spyOn(instance["env"].SCAN_EVENTS, "send").mockImplementation(async () => {
        await instance.erase();
        return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
      });
    });
    vi.setSystemTime(Date.now() + hourMs);
    await runDurableObjectAlarm(job);
    expect(await stored(job)).toEqual(nothing);
  });
});
