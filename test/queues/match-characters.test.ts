import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { endDeadLetter } from "../../src/dead-letters/redrive-dead-letter.ts";
import { redriveDue } from "../../src/cron/redrive-due.ts";
import { writeDeadLetterId } from "../../src/dead-letters/write-queues.ts";
import { effectsOf } from "../../src/pipeline/effects.ts";
import { resultOf } from "../../src/pipeline/result.ts";
import { MatchMessage } from "../../src/pipeline/messages.ts";
import { redriveWaitsMs } from "../../src/pipeline/redrive-policy.ts";
import { eraseAccount } from "../support/erase-user.ts";
import { captured } from "../support/captured-queues-worker.ts";
import { crashingEnv } from "../support/crashing-env.ts";
import { buildMessage, deliver } from "../support/queue-messages.ts";
import {
  buildSubmission,
  claimStage,
  completeStages,
  stagesBefore,
  jobOf,
  stageOutputs,
  stateOf,
} from "../support/job-builders.ts";
import { buildHistoryEntry } from "../support/build-history-entry.ts";

/** Queues that keep what they are sent, beside the real D1 and objects. */
const sent: { queue: string; body: unknown }[] = [];
const bindings = ["CHARACTER_MATCH", "CHARACTER_OWNERSHIP", "USER_CHARACTERS"] as const;

beforeEach(() => {
  sent.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function recording(base: Env = env, down: readonly string[] = []): Env {
  const recorded = { ...base };
  for (const binding of bindings) {
    recorded[binding] = new Proxy(env[binding], {
      get: (target, key): unknown =>
        key === "send"
          ? (body: unknown) => {
              if (down.includes(binding)) return Promise.reject(new Error("The queue is down"));
              sent.push({ queue: binding, body });
              return Promise.resolve();
            }
          : Reflect.get(target, key),
    });
  }
  return recorded;
}

const accountOf = (userId: string) => env.USER_ACCOUNT.getByName(userId);
const unlimited = { perDay: null, atOnce: null };

/** A scan that completed while the catalog was not reached, as its user's account knows it. */
async function pendingScan(userId = `user-${crypto.randomUUID()}`) {
  const submission = buildSubmission({}, { userId });
  const { jobId } = submission;
  await accountOf(userId).admit(jobId, unlimited);
  const job = jobOf(jobId);
  await job.submit(submission);
  await completeStages(job, stagesBefore("reward"));
  const output = { reward: null, reward_pending: true };
  await job.complete(await claimStage(job, "reward"), [{ stage: "reward", output }]);
  const endedAt = (await stateOf(job))?.endedAt ?? 0;
  const message: MatchMessage = { jobId, userId, middleCategory: "무색페트병", endedAt };
  return { job, jobId, userId, endedAt, message };
}

async function deliverMatch(body: unknown, to: Env = recording()) {
  const message = buildMessage(body);
  await deliver("character-match", [message], to);
  return message;
}

const ownedBy = async (userId: string) =>
  (await accountOf(userId).admit(crypto.randomUUID(), unlimited)).owned;

const savesOf = (jobId: string) =>
  sent.filter(({ body }) => z.object({ id: z.literal(jobId) }).safeParse(body).success);

const Count = z.object({ count: z.int() });
async function rowsOf(table: string, userId: string) {
  const query = `SELECT count(*) AS count FROM ${table} WHERE user_id = ?`;
  return Count.parse(await env.DB.prepare(query).bind(userId).first()).count;
}

describe("a scan whose reward is pending", () => {
  it("is shown in its result, and is granted once when the catalog is back, in both tables", async () => {
    const { job, jobId, userId, message } = await pendingScan();
    const state = await stateOf(job);
    expect(state && resultOf(state)).toMatchObject({
      status: "completed",
      reward: null,
      reward_pending: true,
    });
    await deliverMatch(message);
    await deliverMatch(message);
    for (const queue of ["character-ownership", "user-characters"]) {
      const binding = queue.toUpperCase().replace("-", "_");
      const grants = savesOf(jobId).filter((it) => it.queue === binding);
      await deliver(
        queue,
        grants.map(({ body }) => buildMessage(body)),
        env,
      );
    }
    expect(await rowsOf("character_ownerships", userId)).toBe(1);
    expect(await rowsOf("user_characters", userId)).toBe(1);
    expect(await ownedBy(userId)).toEqual(["char-petty"]);
  });

  it("stays known until it is granted, and is forgotten then", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const userId = `user-${crypto.randomUUID()}`;
    const jobId = crypto.randomUUID();
    const account = accountOf(userId);
    await account.admit(jobId, unlimited);
    const endedAt = Date.now();
    await account.recordEnd(buildHistoryEntry(jobId, { endedAt }), null);
    expect(await account.awaitReward(jobId, endedAt)).toBe(true);
    vi.setSystemTime(Date.now() + 3 * 24 * 3_600_000);
    await account.admit(crypto.randomUUID(), unlimited);
    expect(await account.jobs()).toContain(jobId);
    await deliverMatch({ jobId, userId, middleCategory: "무색페트병", endedAt });
    expect(savesOf(jobId)).toHaveLength(2);
    vi.setSystemTime(Date.now() + 9 * 24 * 3_600_000);
    await account.admit(crypto.randomUUID(), unlimited);
    expect(await account.jobs()).not.toContain(jobId);
    expect(await ownedBy(userId)).toEqual(["char-petty"]);
  });

  it("publishes its message again before the purge, and grants nothing more", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { job, userId, message, jobId } = await pendingScan();
    await deliverMatch(message);
    vi.setSystemTime(Date.now() + 3_600_000);
    await runDurableObjectAlarm(job);
    expect(await stateOf(job)).toBeNull();
    await deliverMatch(message);
    expect(new Set(savesOf(jobId).map((it) => JSON.stringify(it))).size).toBe(2);
    expect(await ownedBy(userId)).toEqual(["char-petty"]);
  });
});

/** A pending reward of which no message is in a queue. */
async function pendingReward() {
  const userId = `user-${crypto.randomUUID()}`;
  const jobId = crypto.randomUUID();
  const endedAt = Date.now();
  const account = accountOf(userId);
  await account.admit(jobId, unlimited);
  await account.recordEnd(buildHistoryEntry(jobId, { endedAt }), null);
  await account.awaitReward(jobId, endedAt);
  const message: MatchMessage = { jobId, userId, middleCategory: "무색페트병", endedAt };
  return { account, userId, jobId, endedAt, message };
}

it(
  "is sent again when its user looks an hour later, should the queue have lost it",
  { timeout: 180_000 },
  async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { account, userId, message } = await pendingReward();
    const resent = () =>
      captured.filter(({ queue, body }) => {
        const match = MatchMessage.safeParse(body).data;
        return queue === "character-match" && match?.jobId === message.jobId;
      });
    await account.characters(userId);
    vi.setSystemTime(Date.now() + 3_600_000);
    for (let look = 0; look < 2; look++) await account.characters(userId);
    await vi.waitFor(() => expect(resent()).toMatchObject([{ body: message }]), 15_000);
    await deliverMatch(message);
    await evictDurableObject(account);
    vi.setSystemTime(Date.now() + 3_600_000);
    expect(await account.characters(userId)).toMatchObject([{ code: "char-petty" }]);
    expect(resent()).toHaveLength(1);
  },
);

describe("the queue character-match", () => {
  it("saves the same grant when a message comes twice, though the catalog has changed", async () => {
    const { message, jobId, userId } = await pendingReward();
    await deliverMatch(message);
    await deliverMatch({ ...message, middleCategory: "금속류" });
    expect(savesOf(jobId)).toHaveLength(4);
    expect(new Set(savesOf(jobId).map((it) => JSON.stringify(it))).size).toBe(2);
    expect(await ownedBy(userId)).toEqual(["char-petty"]);
  });

  it("grants nothing for a class without a character, and for a character that is owned", async () => {
    const none = await pendingReward();
    const ack = await deliverMatch({ ...none.message, middleCategory: "없는 분류" });
    expect(ack.ack).toHaveBeenCalledTimes(1);
    expect(await ownedBy(none.userId)).toEqual([]);
    const first = await pendingReward();
    await deliverMatch(first.message);
    const second = crypto.randomUUID();
    await first.account.admit(second, unlimited);
    await first.account.recordEnd(buildHistoryEntry(second, { endedAt: first.endedAt }), null);
    await first.account.awaitReward(second, first.endedAt);
    await deliverMatch({ ...first.message, jobId: second });
    expect(savesOf(second)).toEqual([]);
  });

  it.each(bindings.filter((it) => it !== "CHARACTER_MATCH"))(
    "saves in both tables when %s was down after the account granted",
    async (binding) => {
      const { message, jobId } = await pendingReward();
      const failed = await deliverMatch(message, recording(env, [binding]));
      expect(failed.ack).not.toHaveBeenCalled();
      expect(failed.retry).toHaveBeenCalledTimes(1);
      await deliverMatch(message);
      expect(new Set(savesOf(jobId).map(({ queue }) => queue)).size).toBe(2);
    },
  );

  it.each(
    [1, 2, 3].flatMap((call) => (["before", "after"] as const).map((when) => ({ call, when }))),
  )("grants once when its process crashes $when call $call", async ({ call, when }) => {
    const { message, jobId, userId } = await pendingReward();
    await deliverMatch(message, recording(crashingEnv(env, call, when)));
    expect((await deliverMatch(message)).ack).toHaveBeenCalledTimes(1);
    expect(new Set(savesOf(jobId).map((it) => JSON.stringify(it))).size).toBe(2);
    expect(await ownedBy(userId)).toEqual(["char-petty"]);
  });

  it("retries while the catalog is down, and a message that does not parse", async () => {
    const { message, userId } = await pendingReward();
    const down = await deliverMatch(message, recording(crashingEnv(env, 1, "before")));
    const unreadable = await deliverMatch({ jobId: "x" });
    for (const { ack, retry } of [down, unreadable]) {
      expect(ack).not.toHaveBeenCalled();
      expect(retry).toHaveBeenCalledWith({ delaySeconds: expect.any(Number) });
    }
    expect(await ownedBy(userId)).toEqual([]);
  });

  it("grants nothing to an erased user", async () => {
    const { account, message, jobId, userId } = await pendingReward();
    await eraseAccount(userId);
    expect((await deliverMatch(message)).ack).toHaveBeenCalledTimes(1);
    expect(await account.isEmpty()).toBe(true);
    expect(savesOf(jobId)).toEqual([]);
    expect(await account.awaitReward(jobId, message.endedAt)).toBe(false);
    expect(await ownedBy(userId)).toEqual([]);
  });

  it("grants nothing for a run that is confirmed, or that another run has replaced", async () => {
    const { account, message, jobId, endedAt } = await pendingReward();
    await account.recordContinued(jobId);
    await deliverMatch(message);
    expect(savesOf(jobId)).toEqual([]);
    expect(await account.awaitReward(jobId, endedAt)).toBe(false);
    const second = { ...message, middleCategory: "유리병", endedAt: endedAt + 1_000 };
    await account.recordEnd(buildHistoryEntry(jobId, { endedAt: second.endedAt }), null);
    expect(await account.awaitReward(jobId, second.endedAt)).toBe(true);
    await deliverMatch(message);
    expect(savesOf(jobId)).toEqual([]);
    await deliverMatch(second);
    expect(await ownedBy(message.userId)).toEqual(["char-glassy"]);
  });

  it("grants nothing when the confirmed run was cancelled", async () => {
    const { account, message, jobId, endedAt, userId } = await pendingReward();
    await account.recordContinued(jobId);
    await account.recordEnd(buildHistoryEntry(jobId, { endedAt: endedAt + 1_000 }), null);
    await deliverMatch(message);
    expect(await ownedBy(userId)).toEqual([]);
  });
});

const statusOf = async (body: unknown) =>
  z.object({ status: z.string() }).parse(
    await env.DB.prepare("SELECT status FROM dead_letters WHERE id = ?")
      .bind(await writeDeadLetterId("character-match", body))
      .first(),
  ).status;

describe("a dead letter of character-match", () => {
  it("is redriven by cron, and recovered when the match is settled", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { message, jobId } = await pendingReward();
    await deliver("dlq-character-match", [buildMessage<unknown>(message)], env);
    expect(await statusOf(message)).toBe("parked");
    vi.setSystemTime(Date.now() + Math.max(...redriveWaitsMs) + 1);
    await redriveDue(recording());
    expect(sent).toContainEqual({ queue: "CHARACTER_MATCH", body: message });
    await deliverMatch(message);
    expect(await statusOf(message)).toBe("recovered");
    expect(savesOf(jobId)).toHaveLength(2);
  });

  it("is redriven until the character is saved in both tables", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { message, jobId } = await pendingReward();
    await deliverMatch(message, recording(env, ["USER_CHARACTERS"]));
    const [ownership] = savesOf(jobId);
    await deliver("character-ownership", [buildMessage(ownership?.body)], env);
    await deliver("dlq-character-match", [buildMessage<unknown>(message)], env);
    vi.setSystemTime(Date.now() + 1);
    await redriveDue(recording());
    expect(await statusOf(message)).toBe("redriving");
    expect(sent).toContainEqual({ queue: "CHARACTER_MATCH", body: message });
  });

  it("is recovered without its message when both tables have the character", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { message, jobId } = await pendingReward();
    await deliverMatch(message);
    const grants = savesOf(jobId).map(({ body }) => body);
    await deliver("character-ownership", [buildMessage(grants[0])], env);
    await deliver("user-characters", [buildMessage(grants[0])], env);
    await deliver("dlq-character-match", [buildMessage<unknown>(message)], env);
    await redriveDue(recording());
    expect(await statusOf(message)).toBe("recovered");
  });

  it.each(["CHARACTER_OWNERSHIP", "USER_CHARACTERS"] as const)(
    "saves a character that was granted while %s was down, when its reward is given up",
    async (binding) => {
      const { message, jobId } = await pendingReward();
      await deliverMatch(message, recording(env, [binding]));
      sent.length = 0;
      const id = await writeDeadLetterId("character-match", message);
      const body = JSON.stringify(message);
      const dead = { id, redrives: 3, redrive_id: null, kind: "write", body } as const;
      const failure = { code: "REDRIVES_USED_UP", message: "scripted" };
      await endDeadLetter(recording(), { ...dead, source: "character-match" }, failure);
      expect(
        savesOf(jobId)
          .map(({ queue }) => queue)
          .toSorted(),
      ).toEqual(["CHARACTER_OWNERSHIP", "USER_CHARACTERS"]);
    },
  );

  it("gives the reward up for good when it is discarded", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { account, message, jobId } = await pendingReward();
    const id = await writeDeadLetterId("character-match", message);
    const body = JSON.stringify(message);
    const dead = { id, redrives: 3, redrive_id: null, kind: "write", body } as const;
    const failure = { code: "DISCARDED", message: "scripted" };
    await endDeadLetter(env, { ...dead, source: "character-match" }, failure, "discarded");
    await deliverMatch(message);
    expect(savesOf(jobId)).toEqual([]);
    vi.setSystemTime(Date.now() + 9 * 24 * 3_600_000);
    await account.admit(crypto.randomUUID(), unlimited);
    expect(await account.jobs()).not.toContain(jobId);
  });
});

it("is an effect of the log: the last run's end alone has a match, and only when it completed", async () => {
  const queued = { type: "queued", seq: 0, at: 0, ...buildSubmission() } as const;
  const outputs = {
    ...stageOutputs,
    reward: { reward: null, reward_pending: true },
  };
  const stages = ["vision", "rule", "answer", "reward"] as const;
  const run = stages.flatMap((stage, index) => [
    { type: "started", seq: 1 + 2 * index, at: 1, stage, attempt: 1, lease: "a" } as const,
    { type: "completed", seq: 2 + 2 * index, at: 2, stage, output: outputs[stage] } as const,
  ]);
  const completed = [queued, ...run, { type: "done", seq: 9, at: 9 } as const];
  expect(effectsOf(completed, -1).ends).toMatchObject([
    { match: { jobId: queued.jobId, middleCategory: "무색페트병", endedAt: 9 } },
  ]);
  const cancelled = [
    queued,
    ...run.slice(0, -2),
    { type: "cancelled", stage: "reward", seq: 7, at: 7 } as const,
    { type: "done", seq: 8, at: 8 } as const,
  ];
  expect(effectsOf(cancelled, -1).ends).toMatchObject([{ match: null }]);
});
