import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { ScanJob } from "../../durable-objects/scan-job.ts";
import { WebhookMessage } from "../../src/pipeline/messages.ts";
import { aSubmission, claimed, type Job, jobOf, ranThrough } from "../support/scans.ts";

afterEach(() => void vi.useRealTimers());

const callback_url = "https://hooks.example.com/scans";
const failure = { code: "MODEL_REFUSED", message: "scripted" };

async function submitted(url: string | null = callback_url) {
  const submission = aSubmission({ callback_url: url });
  const job = jobOf(submission.jobId);
  await job.submit(submission);
  return { job, jobId: submission.jobId };
}

/** What the job's object hands to the webhook queue from now on; `dies` before the queue has it. */
async function sentBy(job: Job, { dies = false } = {}): Promise<WebhookMessage[]> {
  const sent: WebhookMessage[] = [];
  await runInDurableObject(job, (instance: ScanJob) => {
    vi.spyOn(instance["env"].WEBHOOKS, "send").mockImplementation(
      (message: unknown): ReturnType<Queue["send"]> => {
        if (dies) return Promise.reject(new Error("The queue is away"));
        sent.push(WebhookMessage.parse(message));
        return Promise.resolve({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } });
      },
    );
  });
  return sent;
}

const pendingOf = (job: Job) =>
  runInDurableObject(job, (_, { storage }) =>
    storage.sql.exec("SELECT COUNT(*) AS pending FROM outbox").one(),
  );

describe("a client that wants to be told", () => {
  it("is told of the end with the whole result, under an id of the event", async () => {
    const { job, jobId } = await submitted();
    const sent = await sentBy(job);
    await ranThrough(job);
    expect(sent).toMatchObject([
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
    expect(await pendingOf(job)).toEqual({ pending: 0 });
  });

  it.each<[string, (job: Job) => Promise<unknown>]>([
    ["scan.failed", async (job) => job.fail("vision", await claimed(job, "vision"), failure)],
    ["scan.cancelled", (job) => job.cancel("user-1")],
    ["scan.parked", (job) => job.park("vision")],
  ])("is told of %s", async (type, happens) => {
    const { job } = await submitted();
    const sent = await sentBy(job);
    await happens(job);
    expect(sent.map(({ payload }) => payload.type)).toEqual([type]);
  });

  it("is told by the watchdog when the process died before the queue had it", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { job } = await submitted();
    await sentBy(job, { dies: true });
    await ranThrough(job);
    expect(await pendingOf(job)).toEqual({ pending: 1 });
    vi.restoreAllMocks();
    const sent = await sentBy(job);
    vi.setSystemTime(Date.now() + 30_000);
    await runDurableObjectAlarm(job);
    expect(sent.map(({ payload }) => payload.type)).toEqual(["scan.completed"]);
    expect(await pendingOf(job)).toEqual({ pending: 0 });
    expect((await job.inspect())?.status).toBe("completed");
    vi.setSystemTime(Date.now() + 3_600_000);
    await runDurableObjectAlarm(job);
    expect(await job.inspect()).toBeNull();
  });
});

it("tells nobody where nobody asked", async () => {
  const { job } = await submitted(null);
  const sent = await sentBy(job);
  await ranThrough(job);
  expect(sent).toEqual([]);
});
