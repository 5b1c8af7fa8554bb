import { env } from "cloudflare:workers";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ScanJob } from "../../durable-objects/scan-job/scan-job.ts";
import { GrantMessage, ScanEventsMessage, WebhookMessage } from "../../src/pipeline/messages.ts";
import type { ScanRequest } from "../../src/pipeline/request.ts";
import {
  parkJob,
  buildSubmission,
  claimStage,
  type Job,
  jobOf,
  stageOutputs,
  completeStages,
  stagesBefore,
  stateOf,
} from "../support/job-builders.ts";
import { eraseAccount } from "../support/erase-user.ts";
import { storedLog } from "../support/stored-log.ts";
import { buildHistoryEntry } from "../support/build-history-entry.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const callback_url = "https://hooks.example.com/scans";
const failure = { code: "MODEL_REFUSED", message: "scripted" };
const queues = ["WEBHOOKS", "SCAN_EVENTS", "CHARACTER_OWNERSHIP", "USER_CHARACTERS"] as const;
type Outside = (typeof queues)[number];

const noQuota = { perDay: null, atOnce: null };

const grantOf = (id: string, userId: string): GrantMessage => ({
  id,
  userId,
  character: { code: "char-petty", name: "페티", type: "재활용", dialog: "고마워!" },
  acquiredAt: 1,
});

async function submitted(
  url: string | null = callback_url,
  callback_events?: ScanRequest["callback_events"],
) {
  const user = crypto.randomUUID();
  const request = { callback_url: url, ...(callback_events && { callback_events }) };
  const submission = buildSubmission(request, { userId: user });
  const { jobId } = submission;
  const account = env.USER_ACCOUNT.getByName(user);
  await account.admit(jobId, noQuota);
  const job = jobOf(jobId);
  await job.submit(submission);
  return { job, jobId, user, account };
}

/** What the job's object hands to queues from now on; one that is `away` takes nothing. */
async function publishedBy(job: Job, away: readonly Outside[] = []) {
  const webhooks: WebhookMessage[] = [];
  const events: ScanEventsMessage[] = [];
  const grants: Record<string, GrantMessage[]> = { CHARACTER_OWNERSHIP: [], USER_CHARACTERS: [] };
  await runInDurableObject(job, (instance: ScanJob) => {
    for (const queue of queues) {
      vi.spyOn(instance["env"][queue], "send").mockImplementation(
        (message: unknown): ReturnType<Queue["send"]> => {
          if (away.includes(queue)) return Promise.reject(new Error("The queue is away"));
          if (queue === "WEBHOOKS") webhooks.push(WebhookMessage.parse(message));
          else if (queue === "SCAN_EVENTS") events.push(ScanEventsMessage.parse(message));
          else grants[queue]?.push(GrantMessage.parse(message));
          return Promise.resolve({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } });
        },
      );
    }
  });
  return { webhooks, events, grants };
}

const namesOf = (messages: readonly ScanEventsMessage[]) =>
  messages.flatMap(({ events }) => events.map(({ seq, type }) => `${seq} ${type}`));

const allOf = [
  "0 scan.requested",
  "1 scan.classified",
  "2 scan.rules_retrieved",
  "3 scan.answered",
  "4 scan.rewarded",
  "5 scan.completed",
];

it("accepts a scan while its first message is not sent, and sends another by the watchdog", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const submission = buildSubmission();
  const job = jobOf(submission.jobId);
  const hanging = Promise.withResolvers<never>();
  const send = await runInDurableObject(job, (instance: ScanJob) =>
    vi.spyOn(instance["env"].SCAN_VISION, "send").mockReturnValueOnce(hanging.promise),
  );
  expect(await job.submit(submission)).toMatchObject({ verdict: "accepted" });
  expect(send).toHaveBeenCalledOnce();
  expect(await stateOf(job)).toMatchObject({ status: "queued" });
  vi.setSystemTime(Date.now() + 30_000);
  await runDurableObjectAlarm(job);
  expect(send).toHaveBeenCalledTimes(2);
  expect(send.mock.lastCall?.[0]).toMatchObject({ jobId: submission.jobId, stage: "vision" });
  hanging.reject(new Error("The queue is away"));
});

describe("outbox", () => {
  it("publishes all domain events in order, in one message, when the scan ends", async () => {
    const { job, jobId, user } = await submitted();
    const { events } = await publishedBy(job);
    await completeStages(job);
    expect(namesOf(events)).toEqual(allOf);
    expect(events).toMatchObject([{ jobId, userId: user }]);
    expect(events[0]?.events.at(-1)).toMatchObject({
      data: {
        status: "completed",
        classification: { middle_category: "무색페트병" },
        reward: { code: "char-petty", already_owned: false },
        input_tokens: 200,
        cost_micro_usd: 910,
      },
    });
  });

  it("publishes the grant under the job's id when the result announced a new character", async () => {
    const { job, jobId, user } = await submitted();
    const { grants } = await publishedBy(job);
    await completeStages(job);
    const grant = { id: jobId, userId: user, character: { code: "char-petty", dialog: "고마워!" } };
    expect(grants).toMatchObject({ CHARACTER_OWNERSHIP: [grant], USER_CHARACTERS: [grant] });
  });

  it("publishes no grant when the user owned the character before", async () => {
    const { job, account, user } = await submitted();
    const earlier = crypto.randomUUID();
    await account.admit(earlier, noQuota);
    expect(
      await account.recordEnd(buildHistoryEntry(earlier), grantOf(earlier, user)),
    ).toMatchObject({ id: earlier });
    const { grants } = await publishedBy(job);
    await completeStages(job);
    expect(grants).toEqual({ CHARACTER_OWNERSHIP: [], USER_CHARACTERS: [] });
  });

  it("publishes a webhook with the whole result, under the event's id, when the scan has a callback URL", async () => {
    const { job, jobId } = await submitted();
    const { webhooks } = await publishedBy(job);
    await completeStages(job);
    expect(webhooks).toMatchObject([
      {
        id: `${jobId}:9`,
        url: callback_url,
        payload: {
          type: "scan.completed",
          timestamp: expect.any(String),
          data: { job_id: jobId, status: "completed", reward: { name: "페티" } },
        },
      },
    ]);
  });

  it("publishes the webhooks that were asked for when they happen, in the order of their seqs", async () => {
    const { job, jobId } = await submitted(callback_url, ["scan.answered", "scan.rewarded"]);
    const { webhooks } = await publishedBy(job);
    await completeStages(job, stagesBefore("answer"));
    expect(webhooks).toEqual([]);
    await completeStages(job, ["answer"]);
    const answered = {
      id: `${jobId}:6`,
      payload: {
        type: "scan.answered",
        data: {
          job_id: jobId,
          seq: 6,
          steps: 1,
          partial_result: {
            classification_result: { classification: { middle_category: "무색페트병" } },
            final_answer: { user_answer: "비워 주세요." },
          },
        },
      },
    };
    expect(webhooks).toMatchObject([answered]);
    await completeStages(job, ["reward"]);
    expect(webhooks).toMatchObject([
      answered,
      { payload: { type: "scan.rewarded", data: { seq: 8, reward_granted: true } } },
    ]);
  });

  it("publishes the webhook of the request when it was asked for", async () => {
    const submission = buildSubmission({ callback_url, callback_events: ["scan.requested"] });
    const job = jobOf(submission.jobId);
    const { webhooks } = await publishedBy(job);
    await job.submit(submission);
    await vi.waitFor(() => expect(webhooks).toHaveLength(1));
    expect(webhooks).toMatchObject([{ payload: { type: "scan.requested", data: { seq: 0 } } }]);
  });

  it("publishes an answer's webhook by the watchdog, under the same id, when its queue was away", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { job, jobId } = await submitted(callback_url, ["scan.answered"]);
    const lost = await publishedBy(job, ["WEBHOOKS"]);
    await completeStages(job, stagesBefore("reward"));
    expect(lost.webhooks).toEqual([]);
    vi.restoreAllMocks();
    await evictDurableObject(job);
    const { webhooks } = await publishedBy(job);
    vi.setSystemTime(Date.now() + 30_000);
    await runDurableObjectAlarm(job);
    expect(webhooks).toMatchObject([{ id: `${jobId}:6`, payload: { type: "scan.answered" } }]);
  });

  it("publishes no webhook when the scan has no callback URL", async () => {
    const { job } = await submitted(null);
    const { webhooks } = await publishedBy(job);
    await completeStages(job);
    expect(webhooks).toEqual([]);
  });
});

describe.each<[string, string, (job: Job) => Promise<unknown>]>([
  [
    "scan.failed",
    "scan.failed",
    async (job) => job.fail("vision", await claimStage(job, "vision"), failure),
  ],
  [
    "scan.cancelled",
    "scan.failed",
    (job) => runInDurableObject(job, (it: ScanJob) => it.cancel(ownerOf(it))),
  ],
  ["scan.parked", "scan.parked", (job) => parkJob(job, "vision")],
])("%s", (webhook, event, happens) => {
  it(`is published as a webhook, and as the domain event ${event}`, async () => {
    const { job } = await submitted();
    const { webhooks, events } = await publishedBy(job);
    await happens(job);
    expect(webhooks.map(({ payload }) => payload.type)).toEqual([webhook]);
    expect(namesOf(events)).toEqual(["0 scan.requested", `1 ${event}`]);
  });
});

/** The user of the job in an object. */
function ownerOf(job: ScanJob): string {
  const [queued] = storedLog(job["ctx"].storage).events;
  if (queued?.type !== "queued") throw new Error("There is no job");
  return queued.userId;
}

it.each<[string, boolean | undefined, (job: Job) => Promise<unknown>]>([
  ["ended by itself", undefined, (job) => completeStages(job)],
  [
    "was redriven by the cron",
    undefined,
    async (job) => {
      await parkJob(job, "vision");
      await job.resume("vision", "decision-1", { automatic: true });
      await completeStages(job);
    },
  ],
  [
    "was redriven by an operator",
    true,
    async (job) => {
      await parkJob(job, "vision");
      await job.resume("vision", "decision-1");
      await completeStages(job);
    },
  ],
  [
    "was given up",
    true,
    async (job) => {
      await parkJob(job, "vision");
      await job.archive(failure);
    },
  ],
  [
    "failed by itself",
    undefined,
    async (job) => job.fail("vision", await claimStage(job, "vision"), failure),
  ],
])("says whether an operator was needed, of a scan that %s", async (_, operated, happens) => {
  const { job } = await submitted();
  const { events } = await publishedBy(job);
  await happens(job);
  const end = events
    .flatMap((message) => message.events)
    .find(({ type }) => type === "scan.completed" || type === "scan.failed");
  expect(end?.data).toHaveProperty("status");
  expect(end?.data).toMatchObject(operated ? { operated } : {});
  expect("operated" in (end?.data ?? {})).toBe(operated === true);
});

it("publishes only new effects when a redriven scan goes on", async () => {
  const { job } = await submitted();
  const { events, webhooks } = await publishedBy(job);
  await parkJob(job, "vision");
  await job.resume("vision", "decision-1");
  await evictDurableObject(job);
  const later = await publishedBy(job);
  await completeStages(job);
  expect(namesOf(events)).toEqual(["0 scan.requested", "1 scan.parked"]);
  expect(namesOf(later.events)).toEqual([
    "2 scan.classified",
    "3 scan.rules_retrieved",
    "4 scan.answered",
    "5 scan.rewarded",
    "6 scan.completed",
  ]);
  expect(webhooks.concat(later.webhooks).map(({ payload }) => payload.type)).toEqual([
    "scan.parked",
    "scan.completed",
  ]);
});

describe.each(queues)("when the queue %s is away at the end", (away) => {
  it("publishes the same effects again by the watchdog", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { job } = await submitted();
    const first = await publishedBy(job, [away]);
    await completeStages(job);
    vi.restoreAllMocks();
    await evictDurableObject(job);
    const second = await publishedBy(job);
    vi.setSystemTime(Date.now() + 30_000);
    await runDurableObjectAlarm(job);
    expect(namesOf(second.events)).toEqual(allOf);
    expect(second.webhooks).toHaveLength(1);
    expect(second.grants).toMatchObject({ CHARACTER_OWNERSHIP: [{}], USER_CHARACTERS: [{}] });
    for (const message of first.events) expect(second.events).toContainEqual(message);
    for (const message of first.webhooks) expect(second.webhooks).toContainEqual(message);
    vi.setSystemTime(Date.now() + 3_600_000);
    await runDurableObjectAlarm(job);
    expect(await stateOf(job)).toBeNull();
  });
});

it("publishes all effects once more before the job is purged, in case a queue lost their messages", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { job } = await submitted();
  const lost = await publishedBy(job);
  await completeStages(job);
  vi.restoreAllMocks();
  await evictDurableObject(job);
  const again = await publishedBy(job);
  vi.setSystemTime(Date.now() + 3_600_000);
  await runDurableObjectAlarm(job);
  expect(again).toEqual(lost);
  expect(namesOf(again.events)).toEqual(allOf);
  expect(await stateOf(job)).toBeNull();
});

it("keeps an ended job, and publishes again, when the last publication fails", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { job } = await submitted();
  await completeStages(job);
  const away = await publishedBy(job, ["SCAN_EVENTS"]);
  vi.setSystemTime(Date.now() + 3_600_000);
  await runDurableObjectAlarm(job);
  expect(away.events).toEqual([]);
  expect(await stateOf(job)).toMatchObject({ status: "completed" });
  vi.restoreAllMocks();
  vi.setSystemTime(Date.now() + 60_000);
  await runDurableObjectAlarm(job);
  expect(await stateOf(job)).toBeNull();
});

it("is found by an erasure for as long as the last publication fails", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { job, jobId, account } = await submitted();
  await completeStages(job);
  await publishedBy(job, ["SCAN_EVENTS"]);
  for (const hours of [3, 3 * 24, 3 * 24]) {
    vi.setSystemTime(Date.now() + hours * 3_600_000);
    await runDurableObjectAlarm(job);
    expect(await stateOf(job)).not.toBeNull();
    expect(await account.jobs()).toEqual([jobId]);
  }
});

it("publishes within half a minute when a scan stays open for long", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const { job } = await submitted();
  const { events } = await publishedBy(job);
  await claimStage(job, "vision");
  vi.setSystemTime(Date.now() + 30_000);
  await runDurableObjectAlarm(job);
  expect(namesOf(events)).toEqual(["0 scan.requested"]);
});

describe("UserAccount", () => {
  it("grants a character to the scan that ends first, and gives that scan the same reply again", async () => {
    const { account, jobId, user } = await submitted();
    const other = crypto.randomUUID();
    await account.admit(other, noQuota);
    const [first, second] = [grantOf(jobId, user), grantOf(other, user)];
    for (let call = 0; call < 2; call++) {
      expect(await account.recordEnd(buildHistoryEntry(jobId), first)).toEqual(first);
      expect(await account.recordEnd(buildHistoryEntry(other), second)).toBeNull();
    }
    expect(await account.admit(crypto.randomUUID(), noQuota)).toMatchObject({
      owned: ["char-petty"],
    });
  });

  it("grants nothing to a scan that was cancelled, so that the next one has the character", async () => {
    const { job, user, account } = await submitted();
    await completeStages(job, stagesBefore("reward"));
    const lease = await claimStage(job, "reward");
    await job.cancel(user);
    const reward = [{ stage: "reward", output: stageOutputs.reward }] as const;
    expect(await job.complete(lease, [...reward])).toBe("stale");
    expect(await account.admit(crypto.randomUUID(), noQuota)).toMatchObject({ owned: [] });
  });

  it("grants nothing to a scan that it does not know, as after an erasure", async () => {
    const { account, jobId, user } = await submitted();
    const stranger = crypto.randomUUID();
    expect(
      await account.recordEnd(buildHistoryEntry(stranger), grantOf(stranger, user)),
    ).toBeNull();
    await account.recordEnd(buildHistoryEntry(jobId), grantOf(jobId, user));
    await eraseAccount(user);
    expect(await account.recordEnd(buildHistoryEntry(jobId), grantOf(jobId, user))).toBeNull();
    expect(await account.isEmpty()).toBe(true);
  });

  it("still has the grant of a scan that it has forgotten, for effects that are published late", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { account, jobId, user } = await submitted();
    const grant = grantOf(jobId, user);
    await account.recordEnd(buildHistoryEntry(jobId), grant);
    vi.setSystemTime(Date.now() + 8 * 24 * 3_600_000);
    await account.admit(crypto.randomUUID(), noQuota);
    expect(await account.jobs()).not.toContain(jobId);
    expect(await account.recordEnd(buildHistoryEntry(jobId), grant)).toEqual(grant);
  });

  it("drops what an earlier version granted before a scan ended", async () => {
    const { account } = await submitted();
    await runInDurableObject(account, async (_, { storage }) => {
      storage.sql.exec(`
        CREATE TABLE grants (
          code TEXT PRIMARY KEY, job_id TEXT NOT NULL, announced INTEGER NOT NULL DEFAULT 0, left_by TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE pending_grants (code TEXT NOT NULL) STRICT;
        INSERT INTO grants (code, job_id, announced) VALUES ('char-eco', 'a', 1), ('char-petty', 'b', 0)`);
    });
    await evictDurableObject(account);
    expect(await account.admit(crypto.randomUUID(), noQuota)).toMatchObject({
      owned: ["char-eco"],
    });
  });

  it("lists the user's scans until they ended long ago", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { job, jobId, account, user } = await submitted();
    expect(await account.jobs()).toEqual([jobId]);
    await job.cancel(user);
    vi.setSystemTime(Date.now() + 8 * 24 * 3_600_000 + 1);
    const later = crypto.randomUUID();
    await account.admit(later, noQuota);
    expect(await account.jobs()).toEqual([later]);
  });
});

describe("erase", () => {
  it("deletes everything, closes the sockets, and answers every late call with not-found", async () => {
    const { job, user } = await submitted();
    const lease = await claimStage(job, "vision");
    expect(await job.erase()).toEqual({ photoKey: null });
    const results = [{ stage: "vision", output: stageOutputs.vision }] as const;
    const calls = [
      job.inspect(),
      job.snapshot(user),
      job.claim("vision", crypto.randomUUID()),
      job.complete(lease, [...results]),
      job.retry("vision", lease, failure),
      job.fail("vision", lease, failure),
      job.publishText("vision", lease, "늦은 말"),
      job.park("vision"),
      job.resume("vision", "late"),
      job.archive(failure),
      job.postpone("vision", Date.now(), "late"),
      job.cancel(user),
      job.recover(),
    ];
    for (const reply of await Promise.all(calls)) expect(reply).toBe("not-found");
    const left = await runInDurableObject(job, async (_, { storage }) => ({
      alarm: await storage.getAlarm(),
      keys: [...storage.kv.list()],
    }));
    expect(left).toEqual({ alarm: null, keys: [] });
    expect(await job.erase()).toBe("not-found");
  });
});
