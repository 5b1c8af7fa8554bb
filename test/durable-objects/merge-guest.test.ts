import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { accountCharacters } from "../../durable-objects/user-account/account-characters.ts";
import { accountPush } from "../../durable-objects/user-account/account-push.ts";
import { accountMerge } from "../../durable-objects/user-account/account-merge.ts";
import { accountWordsRewards } from "../../durable-objects/user-account/account-words-rewards.ts";
import { accountScans } from "../../durable-objects/user-account/account-scans.ts";
import { erasureSteps } from "../../src/erasure/erasure-steps.ts";
import { notFound } from "../../src/pipeline/refusals.ts";
import { eraseAccount } from "../support/erase-user.ts";
import { buildHistoryEntry } from "../support/build-history-entry.ts";
import { damageLog } from "../support/damage-log.ts";
import { crashingEnv } from "../support/crashing-env.ts";
import { buildSubmission, claimStage, completeStages, jobOf } from "../support/job-builders.ts";
import { addScan, historyRows } from "../support/user-history.ts";

const accountOf = (userId: string) => env.USER_ACCOUNT.getByName(userId);
const noLimits = { perDay: null, atOnce: null };
const bottle = { code: "char-bottle", name: "병", type: "유리", dialog: "!" };
const can = { code: "char-can", name: "캔", type: "금속", dialog: "!" };
const ownedBy = async (userId: string) =>
  (await accountOf(userId).characters(userId)).map(({ code }) => code);
const browser = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const petty = { code: "char-petty", name: "페티", type: "플라스틱", dialog: "!" };

async function begin(userId: string) {
  const submission = buildSubmission({}, { userId });
  await accountOf(userId).admit(submission.jobId, noLimits);
  await jobOf(submission.jobId).submit(submission);
  return submission.jobId;
}

/** A guest with an ended scan, a running one, a character and a browser that was notified, and a user with a scan. */
async function aGuestAndUser() {
  const guestId = `guest:${crypto.randomUUID()}`;
  const userId = `user-${crypto.randomUUID()}`;
  const { jobId: ended } = await addScan(guestId, { rewardCode: petty.code });
  const { jobId: own } = await addScan(userId);
  const running = await begin(guestId);
  await runInDurableObject(accountOf(guestId), (_, { storage }) =>
    accountCharacters(storage).grant({
      id: ended,
      userId: guestId,
      character: petty,
      acquiredAt: 1,
    }),
  );
  await accountOf(guestId).addPush(browser, "https://fcm.googleapis.com/fcm/send/1");
  await accountOf(guestId).endParked(ended, Date.now() + 1);
  return { guestId, userId, ended, own, running };
}
type Pair = Awaited<ReturnType<typeof aGuestAndUser>>;

const idsOf = (rows: readonly { job_id?: unknown }[]) => rows.map(({ job_id }) => String(job_id));
const sorted = (ids: string[]) => ids.toSorted((one, other) => one.localeCompare(other));

/** Merges in a process that crashes at a call. @returns whether it did. */
const mergeAndCrash = ({ guestId, userId }: Pair, crashAt: number, when: "before" | "after") =>
  runInDurableObject(accountOf(guestId), async (_, { storage }) => {
    const crashing = crashingEnv(env, crashAt, when);
    const own = [
      accountScans(storage.sql),
      accountCharacters(storage),
      accountPush(storage),
      accountWordsRewards(storage, accountCharacters(storage)),
    ] as const;
    try {
      await accountMerge(storage, crashing, ...own).into(guestId, userId);
      return false;
    } catch {
      return true;
    }
  });

/** The user has all of the guest's, once, and goes on with what runs. */
async function expectMerged({ guestId, userId, ended, own, running }: Pair) {
  expect(sorted(idsOf(await historyRows(userId)))).toEqual(sorted([ended, own]));
  expect((await accountOf(userId).characters(userId)).map(({ code }) => code)).toEqual([
    petty.code,
  ]);
  expect(await accountOf(userId).jobs()).toContain(running);
  const push = await accountOf(userId).pushState();
  expect([push.subscriptions, idsOf(push.ended)]).toEqual([[browser], [ended]]);
  expect(await jobOf(running).snapshot(guestId)).toBe(notFound);
  await completeStages(jobOf(running));
  expect(sorted(idsOf(await historyRows(userId)))).toEqual(sorted([ended, own, running]));
}

describe("a guest who is merged into a user", () => {
  it("gives the user its history, characters and running scans, also when asked twice", async () => {
    const pair = await aGuestAndUser();
    const { guestId, userId } = pair;
    expect(await accountOf(guestId).mergeInto(guestId, userId)).toBe(true);
    expect(await accountOf(guestId).mergeInto(guestId, userId)).toBe(true);
    await expectMerged(pair);
  });

  it("is merged into one user alone", async () => {
    const { guestId, userId } = await aGuestAndUser();
    const other = `user-${crypto.randomUUID()}`;
    await accountOf(guestId).mergeInto(guestId, userId);
    expect(await accountOf(guestId).mergeInto(guestId, other)).toBe(false);
    expect(await historyRows(other)).toEqual([]);
    expect(await accountOf(other).guests()).toEqual([]);
  });

  it("takes a scan along that its session begins while it is merged", async () => {
    const { guestId, userId } = await aGuestAndUser();
    await accountOf(guestId).mergeInto(guestId, userId);
    const late = await begin(guestId);
    // No isolate accepts the session any more by then.
    const alarm = await runInDurableObject(accountOf(guestId), (_, it) => it.storage.getAlarm());
    expect((alarm ?? 0) - Date.now()).toBeGreaterThan(60_000);
    expect(await runDurableObjectAlarm(accountOf(guestId))).toBe(true);
    await completeStages(jobOf(late));
    expect(idsOf(await historyRows(userId))).toContain(late);
    expect(await runDurableObjectAlarm(accountOf(guestId))).toBe(false);
  });

  it("keeps the end of a scan whose job is still the guest's when its row is copied", async () => {
    const pair = await aGuestAndUser();
    const { guestId, userId, running } = pair;
    // The rows are copied, and the job has not changed its owner yet.
    expect(await mergeAndCrash(pair, 2, "before")).toBe(true);
    await completeStages(jobOf(running));
    expect(await accountOf(guestId).mergeInto(guestId, userId)).toBe(true);
    expect(idsOf(await historyRows(userId))).toContain(running);
  });

  it.each(["before", "after"] as const)(
    "has all of it after a crash %s any call, by its alarm",
    async (when) => {
      let crashAt = 1;
      for (; ; crashAt++) {
        const pair = await aGuestAndUser();
        const crashed = await mergeAndCrash(pair, crashAt, when);
        if (!crashed) break;
        await evictDurableObject(accountOf(pair.guestId));
        expect(await runDurableObjectAlarm(accountOf(pair.guestId))).toBe(true);
        await expectMerged(pair);
      }
      // It makes four calls: the copy, the owner of two jobs, and the copy again.
      expect(crashAt).toBe(5);
    },
  );

  it("leaves the running job with the user when its object is evicted", async () => {
    const { guestId, userId, running } = await aGuestAndUser();
    await claimStage(jobOf(running), "vision");
    await accountOf(guestId).mergeInto(guestId, userId);
    await evictDurableObject(jobOf(running));
    expect(await jobOf(running).snapshot(userId)).toMatchObject({ userId, status: "running" });
  });

  it("gives the user the other scans when the log of one cannot be read", async () => {
    vi.spyOn(console, "error").mockReturnValue();
    const { guestId, userId, running } = await aGuestAndUser();
    const damaged = await begin(guestId);
    await damageLog(damaged);
    const last = await begin(guestId);
    expect(await accountOf(guestId).mergeInto(guestId, userId)).toBe(true);
    expect(await jobOf(running).snapshot(userId)).not.toBe(notFound);
    expect(await jobOf(last).snapshot(userId)).not.toBe(notFound);
    vi.restoreAllMocks();
  });

  it("brings no subscription back that the user has removed since", async () => {
    const { guestId, userId } = await aGuestAndUser();
    await accountOf(guestId).mergeInto(guestId, userId);
    await accountOf(userId).removePush(browser);
    expect(await runDurableObjectAlarm(accountOf(guestId))).toBe(true);
    expect(await accountOf(userId).pushEndpoint(browser)).toBeNull();
    // The guest's ends are still notified of.
    expect(await accountOf(guestId).pushEndpoint(browser)).not.toBeNull();
  });

  it("leaves no subscription that was added for a user who is erased", async () => {
    const { guestId, userId } = await aGuestAndUser();
    await accountOf(guestId).mergeInto(guestId, userId);
    expect(await accountOf(userId).isEmpty()).toBe(false);
    await eraseAccount(userId);
    expect(await accountOf(userId).pushEndpoint(browser)).toBeNull();
    expect(await accountOf(userId).isEmpty()).toBe(true);
  });

  it("is erased with the user, who gets nothing more of it", async () => {
    const pair = await aGuestAndUser();
    const { guestId, userId } = pair;
    await accountOf(guestId).mergeInto(guestId, userId);
    for (let pass = 0; pass < 2; pass++) {
      for (const { remove } of erasureSteps) while (await remove(env, userId));
    }
    const left = await Promise.all(erasureSteps.map((step) => step.count(env, guestId)));
    expect(left.every((count) => count === 0)).toBe(true);
    expect(await accountOf(userId).guests()).toEqual([]);
    await runDurableObjectAlarm(accountOf(guestId));
    expect(await historyRows(userId)).toEqual([]);
  });

  it("leaves nothing with a user who was erased since the merge began", async () => {
    const pair = await aGuestAndUser();
    expect(await mergeAndCrash(pair, 1, "before")).toBe(true);
    await eraseAccount(pair.userId);
    await runDurableObjectAlarm(accountOf(pair.guestId));
    expect(await historyRows(pair.userId)).toEqual([]);
    expect(await accountOf(pair.userId).guests()).toEqual([]);
  });

  it("leaves a reward that is matched late to the user, by the message of either", async () => {
    const { guestId, userId, ended } = await aGuestAndUser();
    const late = await begin(guestId);
    const endedAt = Date.now();
    await accountOf(guestId).recordEnd(buildHistoryEntry(late, { endedAt }), null);
    await accountOf(guestId).awaitReward(late, endedAt);
    await accountOf(guestId).mergeInto(guestId, userId);
    const grant = { id: late, userId: guestId, character: bottle, acquiredAt: endedAt };
    const settled = await accountOf(guestId).settleReward(late, endedAt, grant);
    expect(settled).toEqual({ ...grant, userId });
    expect(await accountOf(guestId).settleReward(late, endedAt, grant)).toEqual(settled);
    expect(await accountOf(userId).settleReward(late, endedAt, grant)).toEqual(settled);
    expect(await ownedBy(userId)).toEqual([petty.code, bottle.code]);
    expect(await ownedBy(guestId)).toEqual([petty.code]);
    expect(ended).not.toBe(late);
  });

  it("leaves a reward to the user that is matched while its rows are not copied yet", async () => {
    const pair = await aGuestAndUser();
    const { guestId, userId } = pair;
    const late = await begin(guestId);
    const endedAt = Date.now();
    await accountOf(guestId).recordEnd(buildHistoryEntry(late, { endedAt }), null);
    await accountOf(guestId).awaitReward(late, endedAt);
    expect(await mergeAndCrash(pair, 1, "before")).toBe(true);
    const grant = { id: late, userId: guestId, character: bottle, acquiredAt: endedAt };
    await accountOf(guestId).settleReward(late, endedAt, grant);
    expect(await ownedBy(userId)).toContain(bottle.code);
  });

  it("gives a reward for words that is matched late within the user's day", async () => {
    const { guestId, userId } = await aGuestAndUser();
    const first = await begin(userId);
    expect(await accountOf(userId).allowForWords(first, "char-can")).toBe(true);
    const late = await begin(guestId);
    const endedAt = Date.now();
    await accountOf(guestId).recordEnd(buildHistoryEntry(late, { endedAt }), null);
    await accountOf(guestId).awaitReward(late, endedAt, true);
    await accountOf(guestId).mergeInto(guestId, userId);
    const grant = { id: late, userId, character: bottle, acquiredAt: endedAt };
    expect(await accountOf(userId).settleReward(late, endedAt, grant)).toBeNull();
    expect(await ownedBy(userId)).toEqual([petty.code]);
  });

  /** A guest who has got a character for words alone today; merged into the user. */
  async function mergeGuestWith(userId: string, character: typeof petty, isEnded = true) {
    const guestId = `guest:${crypto.randomUUID()}`;
    const jobId = await begin(guestId);
    const account = accountOf(guestId);
    expect(await account.allowForWords(jobId, character.code)).toBe(true);
    const entry = buildHistoryEntry(jobId, { endedAt: Date.now(), rewardCode: character.code });
    const grant = { id: jobId, userId, character, acquiredAt: entry.endedAt };
    if (isEnded) await account.recordEnd(entry, grant, true);
    await account.mergeInto(guestId, userId);
    return { guestId, entry, grant };
  }

  it("gives a user one character a day for words alone, however many guests are merged", async () => {
    const userId = `user-${crypto.randomUUID()}`;
    const first = await mergeGuestWith(userId, petty);
    await mergeGuestWith(userId, bottle);
    const running = await mergeGuestWith(userId, can, false);
    await accountOf(userId).recordEnd(running.entry, running.grant, true);
    await accountOf(first.guestId).mergeInto(first.guestId, userId);
    expect(await ownedBy(userId)).toEqual([petty.code]);
    const own = await begin(userId);
    expect(await accountOf(userId).allowForWords(own, can.code)).toBe(false);
    // Its resident ticks the steps.
    await accountOf(userId).recordEnd(running.entry, running.grant, false);
    expect(await ownedBy(userId)).toEqual([petty.code, can.code]);
  });

  it("keeps the characters of several days", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const userId = `user-${crypto.randomUUID()}`;
    await mergeGuestWith(userId, petty);
    vi.setSystemTime(Date.now() + 24 * 60 * 60 * 1000);
    await mergeGuestWith(userId, bottle);
    expect(await ownedBy(userId)).toEqual([petty.code, bottle.code]);
    vi.useRealTimers();
  });
});
