import { env } from "cloudflare:workers";
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { accountScans } from "../../durable-objects/user-account/account-scans.ts";
import type { Quota } from "../../src/pipeline/admission.ts";
import { historyEntryOf } from "../../src/pipeline/history-entry.ts";
import { categoryClass } from "../../src/pipeline/taxonomy.ts";
import { buildHistoryEntry } from "../support/build-history-entry.ts";
import { historyRows } from "../support/user-history.ts";
import {
  completeUnclear,
  parkJob,
  buildSubmission,
  claimStage,
  jobOf,
  completeStages,
  stateOf,
} from "../support/job-builders.ts";

afterEach(() => void vi.useRealTimers());

const quota: Quota = { perDay: 10, atOnce: 3 };
const aUser = () => `user-${crypto.randomUUID()}`;
const accountOf = (userId: string) => env.USER_ACCOUNT.getByName(userId);

/** A scan that is let in and submitted, as the API does it. */
async function scan(userId: string) {
  const submission = buildSubmission({}, { userId });
  const admission = await accountOf(userId).admit(submission.jobId, quota);
  const job = jobOf(submission.jobId);
  if (admission.admitted) await job.submit(submission);
  return { admission, job, jobId: submission.jobId };
}

describe("admission of a user's scans", () => {
  it("never exceeds the limit when many arrive at once", async () => {
    const userId = aUser();
    const scans = await Promise.all(Array.from({ length: 12 }, () => scan(userId)));
    expect(scans.filter(({ admission }) => admission.admitted)).toHaveLength(3);
    for (const { admission } of scans.filter((it) => !it.admission.admitted)) {
      expect(admission).toMatchObject({ admitted: false, refusedBy: "atOnce" });
    }
  });

  it("admits another scan when one ends", async () => {
    const userId = aUser();
    const scans = [await scan(userId), await scan(userId), await scan(userId)];
    expect((await scan(userId)).admission.admitted).toBe(false);
    await scans[0]?.job.cancel(userId);
    expect((await scan(userId)).admission.admitted).toBe(true);
    await completeStages(jobOf(scans[1]?.jobId ?? ""));
    expect((await scan(userId)).admission.admitted).toBe(true);
    expect((await scan(userId)).admission.admitted).toBe(false);
  });

  it("admits another scan when one is parked, or its end was not recorded", async () => {
    const userId = aUser();
    const first = await scan(userId);
    const second = await scan(userId);
    await scan(userId);
    await parkJob(first.job, "vision");
    expect((await scan(userId)).admission.admitted).toBe(true);
    expect((await scan(userId)).admission.admitted).toBe(false);
    await second.job.erase();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    expect((await scan(userId)).admission.admitted).toBe(true);
    expect((await scan(userId)).admission.admitted).toBe(false);
  });

  it("still lists a scan that has been parked for long, so that an erasure finds it", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const userId = aUser();
    const parked = await scan(userId);
    await scan(userId);
    await scan(userId);
    await parkJob(parked.job, "vision");
    expect((await scan(userId)).admission.admitted).toBe(true);
    vi.setSystemTime(Date.now() + 3 * 3_600_000);
    for (let later = 0; later < 3; later++) await scan(userId);
    expect(await accountOf(userId).jobs()).toContain(parked.jobId);
    await parked.job.archive({ code: "X", message: "scripted" });
    vi.setSystemTime(Date.now() + 9 * 24 * 3_600_000);
    await accountOf(userId).admit(crypto.randomUUID(), { perDay: null, atOnce: null });
    expect(await accountOf(userId).jobs()).not.toContain(parked.jobId);
  });

  it("counts a scan once when it is submitted again, and admits it at the limit", async () => {
    const userId = aUser();
    const { jobId } = await scan(userId);
    await scan(userId);
    await scan(userId);
    for (let again = 0; again < 9; again++) {
      expect(await accountOf(userId).admit(jobId, quota)).toMatchObject({ admitted: true });
    }
    expect(await accountOf(userId).jobs()).toHaveLength(3);
  });

  it("counts ended scans for the day, and starts anew on the next", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-22T12:00:00+09:00") });
    const userId = aUser();
    for (let submitted = 0; submitted < 10; submitted++) {
      const { job, admission } = await scan(userId);
      expect(admission).toMatchObject({ budgets: { perDay: { remaining: 9 - submitted } } });
      await job.fail("vision", await claimStage(job, "vision"), { code: "X", message: "scripted" });
    }
    expect((await scan(userId)).admission).toMatchObject({
      admitted: false,
      refusedBy: "perDay",
      budgets: { perDay: { remaining: 0, resetSeconds: 12 * 3_600 } },
    });
    vi.setSystemTime(Date.parse("2026-11-23T00:00:00+09:00"));
    expect((await scan(userId)).admission.admitted).toBe(true);
  });

  it("is separate for each user", async () => {
    const userId = aUser();
    for (let submitted = 0; submitted < 3; submitted++) await scan(userId);
    expect((await scan(aUser())).admission.admitted).toBe(true);
  });
});

const noQuota: Quota = { perDay: null, atOnce: null };
const hourMs = 3_600_000;

/** A scan that a key names, submitted as the API does it. */
async function keyedScan(userId: string, key: string) {
  const admission = await accountOf(userId).admit(crypto.randomUUID(), noQuota, key);
  const { jobId } = admission;
  const job = jobOf(jobId);
  await job.submit(buildSubmission({}, { userId, jobId }));
  return { jobId, job };
}

describe("a scan's idempotency key", () => {
  it("names the scan until 24 h after its end, and another scan from then on", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const [userId, key] = [aUser(), crypto.randomUUID()];
    const first = await keyedScan(userId, key);
    vi.setSystemTime(Date.now() + 30 * hourMs);
    expect((await keyedScan(userId, key)).jobId).toBe(first.jobId);
    await first.job.cancel(userId);
    const endedAt = Date.now();
    // Expired rows are looked for once an hour.
    for (const hours of [1, 12, 23.9]) {
      vi.setSystemTime(endedAt + hours * hourMs);
      expect((await keyedScan(userId, key)).jobId).toBe(first.jobId);
    }
    vi.setSystemTime(endedAt + 24 * hourMs);
    const second = await keyedScan(userId, key);
    expect(second.jobId).not.toBe(first.jobId);
    expect((await keyedScan(userId, key)).jobId).toBe(second.jobId);
  });

  it("names one scan when two requests arrive at once", async () => {
    const [userId, key] = [aUser(), crypto.randomUUID()];
    const scans = await Promise.all([keyedScan(userId, key), keyedScan(userId, key)]);
    expect(scans[1].jobId).toBe(scans[0].jobId);
  });

  it("still names a scan that was admitted long before it is submitted", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const [userId, key] = [aUser(), crypto.randomUUID()];
    const one: Quota = { perDay: null, atOnce: 1 };
    const { jobId } = await accountOf(userId).admit(crypto.randomUUID(), one, key);
    vi.setSystemTime(Date.now() + 61_000);
    expect(await accountOf(userId).admit(crypto.randomUUID(), one)).toMatchObject({
      admitted: true,
    });
    vi.setSystemTime(Date.now() + 30 * hourMs);
    expect((await keyedScan(userId, key)).jobId).toBe(jobId);
  });

  it("names a scan of an earlier version, whose id was made of the key", async () => {
    const [userId, key] = [aUser(), crypto.randomUUID()];
    await accountOf(userId).admit(key, noQuota);
    expect((await keyedScan(userId, key)).jobId).toBe(key);
  });

  it("is added to an account of an earlier version, whose table has no such column", async () => {
    const userId = aUser();
    const { jobId } = await scan(userId);
    await runInDurableObject(accountOf(userId), (_, { storage }) => {
      storage.sql.exec(`
        CREATE TABLE jobs (
          id TEXT PRIMARY KEY, lane TEXT NOT NULL, admitted_at INTEGER NOT NULL, ended_at INTEGER
        ) STRICT, WITHOUT ROWID;
        INSERT INTO jobs SELECT id, lane, admitted_at, ended_at FROM scans;
        CREATE TABLE days (day INTEGER PRIMARY KEY, scans INTEGER NOT NULL) STRICT;
        DROP TABLE scans`);
    });
    await evictDurableObject(accountOf(userId));
    const key = crypto.randomUUID();
    const keyed = await keyedScan(userId, key);
    expect((await keyedScan(userId, key)).jobId).toBe(keyed.jobId);
    expect(await accountOf(userId).jobs()).toEqual([jobId, keyed.jobId]);
  });
});

describe("the list of a user's scans", () => {
  it("keeps a scan that goes on after its end, however long it is parked", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const userId = aUser();
    const { job, jobId } = await scan(userId);
    await completeUnclear(job);
    const classification = categoryClass("유리병");
    await job.confirm(userId, { by: "category", classification, situation_tags: [] });
    await parkJob(job, "rule");
    vi.setSystemTime(Date.now() + 30 * hourMs);
    await scan(userId);
    expect(await accountOf(userId).jobs()).toContain(jobId);
  });

  it("forgets a scan whose end was never recorded when its object is long gone", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const userId = aUser();
    const { job, jobId } = await scan(userId);
    await job.erase();
    vi.setSystemTime(Date.now() + 9 * 24 * hourMs);
    await scan(userId);
    expect(await accountOf(userId).jobs()).not.toContain(jobId);
  });
});

describe("the history of a user", () => {
  it("has a scan when it has ended, once, however often its end is published", async () => {
    const userId = aUser();
    const first = await scan(userId);
    await scan(userId);
    expect(await historyRows(userId)).toEqual([]);
    await completeStages(first.job);
    const rows = await historyRows(userId);
    expect(rows).toMatchObject([
      { job_id: first.jobId, status: "completed", middle: "무색페트병", model: "offline" },
    ]);
    const state = await stateOf(first.job);
    const entry = state && historyEntryOf(state, state.endedAt ?? 0);
    if (!entry) throw new Error("The scan has not ended");
    const written = await runInDurableObject(accountOf(userId), (_, { storage }) => {
      const before = storage.sql.exec("SELECT total_changes() AS n").one()["n"];
      expect(accountScans(storage.sql).recordEnd(entry)).toBe(true);
      return Number(storage.sql.exec("SELECT total_changes() AS n").one()["n"]) - Number(before);
    });
    expect(written).toBe(0);
    expect(await historyRows(userId)).toEqual(rows);
  });

  it("outlives the scan, and the limits of what is open or new", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const userId = aUser();
    const { job, jobId } = await scan(userId);
    await job.cancel(userId);
    vi.setSystemTime(Date.now() + 400 * 24 * hourMs);
    await scan(userId);
    expect(await historyRows(userId)).toMatchObject([{ job_id: jobId, status: "cancelled" }]);
    expect(await accountOf(userId).jobs()).not.toContain(jobId);
  });

  it("has the character that was matched later", async () => {
    const userId = aUser();
    const { jobId } = await scan(userId);
    const endedAt = Date.now();
    const account = accountOf(userId);
    await account.recordEnd(buildHistoryEntry(jobId, { endedAt }), null);
    await account.awaitReward(jobId, endedAt);
    const character = { code: "char-petty", name: "페티", type: "재활용", dialog: "말" };
    await account.settleReward(jobId, endedAt, {
      id: jobId,
      userId,
      character,
      acquiredAt: endedAt,
    });
    expect(await historyRows(userId)).toMatchObject([
      { job_id: jobId, reward_code: "char-petty", reward_name: "페티" },
    ]);
  });
});
