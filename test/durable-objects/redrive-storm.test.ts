import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { recordStageDeadLetters } from "../../src/dead-letters/record-dead-letters.ts";
import { createRedrive, RedriveRequest } from "../../src/dead-letters/operated-redrives.ts";
import { progressOf } from "../../src/dead-letters/redrive-letters.ts";
import { deliverStage } from "../support/queue-messages.ts";
import { parkJob, buildSubmission, jobOf, stateOf } from "../support/job-builders.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

const deadLetters = 2_000;
const rate = 50;

/** Parked jobs with their dead letters recorded, as a long outage leaves them. */
async function outage(): Promise<string[]> {
  const jobs: string[] = [];
  for (let from = 0; from < deadLetters; from += rate) {
    const parked = await Promise.all(
      Array.from({ length: rate }, async () => {
        const submission = buildSubmission();
        const job = jobOf(submission.jobId);
        await job.submit(submission);
        jobs.push(submission.jobId);
        await parkJob(job, "vision");
        return job.park("vision");
      }),
    );
    await recordStageDeadLetters(
      env.DB,
      parked.filter((deadLetter) => typeof deadLetter !== "string"),
    );
  }
  return jobs;
}

it(
  "redrives 2,000 dead letters at 50 a second, and runs new scans in between",
  { timeout: 400_000 },
  async () => {
    const jobs = await outage();
    vi.setSystemTime(Date.now() + 1_000);
    const id = crypto.randomUUID();
    const request = { filter: {}, rate_per_second: rate, by: "kim", why: "the provider is back" };
    await createRedrive(env.DB, id, RedriveRequest.parse(request), Date.now());
    const redrive = env.REDRIVE.getByName(id);
    await redrive.start(id);

    let taken = 0;
    let slices = 0;
    while (await runDurableObjectAlarm(redrive)) {
      const now = (await progressOf(env.DB, id)).taken;
      expect(now - taken).toBeLessThanOrEqual(rate);
      taken = now;
      vi.setSystemTime(Date.now() + 1_000);
      if (slices++ % 10 > 0) continue;
      const fresh = buildSubmission();
      await jobOf(fresh.jobId).submit(fresh);
      await deliverStage(fresh.jobId, "vision", { ...env });
      expect((await stateOf(jobOf(fresh.jobId)))?.stage).toBe("answer");
    }
    expect(taken).toBe(deadLetters);
    expect(slices).toBeGreaterThanOrEqual(deadLetters / rate);

    // In no second were more resumed than the rate.
    const resumed = new Map<number, number>();
    for (const jobId of jobs) {
      const state = await stateOf(jobOf(jobId));
      expect(state).toMatchObject({ status: "running", redrives: 1 });
      const second = Math.floor((state?.readyAt ?? 0) / 1_000);
      resumed.set(second, (resumed.get(second) ?? 0) + 1);
    }
    expect(Math.max(...resumed.values())).toBeLessThanOrEqual(rate);
  },
);
