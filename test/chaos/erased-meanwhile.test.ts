import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { buildSubmission, completeStages, jobOf, stateOf } from "../support/job-builders.ts";
import { faults } from "./faults.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

/** An admitted scan, and the queues that its effects went to. */
async function submitted() {
  const submission = buildSubmission({}, { userId: crypto.randomUUID() });
  const { jobId, userId } = submission;
  const account = env.USER_ACCOUNT.getByName(userId);
  await account.admit(jobId, { perDay: null, atOnce: null });
  const published: string[] = [];
  faults.send = (queue) => () => void published.push(queue);
  const job = jobOf(jobId);
  await job.submit(submission);
  return { job, submission, published };
}

/** Holds a call in the middle until the scan was erased and submitted anew. */
async function erasedDuring(
  { job, submission }: Awaited<ReturnType<typeof submitted>>,
  call: () => Promise<unknown>,
) {
  faults.arm("held", 1);
  const calling = call();
  await faults.whileHeld(false);
  await job.erase();
  await job.submit(submission);
  faults.isHeld = false;
  await calling;
}

it("keeps a scan that is submitted anew while the erased one was about to be purged", async () => {
  const scan = await submitted();
  await completeStages(scan.job);
  vi.setSystemTime(Date.now() + 3_600_000);
  await erasedDuring(scan, () => runDurableObjectAlarm(scan.job));
  expect(await stateOf(scan.job)).toMatchObject({ status: "queued", nextSeq: 1 });
});

it("publishes the effects of a scan that is submitted anew while those of the erased one are published", async () => {
  const scan = await submitted();
  await erasedDuring(scan, () => scan.job.cancel(scan.submission.userId));
  await completeStages(scan.job, ["vision"]);
  scan.published.length = 0;
  vi.setSystemTime(Date.now() + 30_000);
  await runDurableObjectAlarm(scan.job);
  expect(scan.published).toContain("SCAN_EVENTS");
});
