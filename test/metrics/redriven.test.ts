import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { claimDue, recordDeadLetters } from "../../src/dead-letters/store.ts";
import { seriesFrom, selectCounters } from "../../src/metrics/counters.ts";

async function redriven(): Promise<number> {
  const series = seriesFrom((await selectCounters(env.DB).all()).results);
  return series
    .filter(({ name }) => name === "eco2_stage_redriven")
    .reduce((sum, { value }) => sum + value, 0);
}

it("counts a redrive where it is decided, and a letter that comes again not", async () => {
  const jobId = crypto.randomUUID();
  const letter = {
    id: `${jobId}:answer`,
    jobId,
    userId: "user-1",
    stage: "answer" as const,
    code: "MODEL_UNAVAILABLE",
    message: "scripted",
    fingerprint: "answer/MODEL_UNAVAILABLE/offline/-",
    model: "offline",
    regulationVersion: null,
    attempts: 3,
    redrives: 0,
    parkedAt: Date.now(),
  };
  const before = await redriven();
  await recordDeadLetters(env.DB, [letter, letter]);
  expect(await redriven()).toBe(before);
  const now = Date.now() + 60 * 60 * 1000;
  const taken = await Promise.all([
    claimDue(env.DB, "answer", { now, exceptModels: [] }),
    claimDue(env.DB, "answer", { now, exceptModels: [] }),
  ]);
  // Others may have letters that are due, too.
  const all = taken.flat();
  expect(all.filter((it) => it.job_id === jobId)).toHaveLength(1);
  expect(await redriven()).toBe(before + all.length);
  await recordDeadLetters(env.DB, [{ ...letter, redrives: 1 }]);
  expect(await redriven()).toBe(before + all.length);
});
