import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { claimDue, recordDeadLetters } from "../../src/operations/dead-letters.ts";
import { seriesIn, storedSums } from "../../src/metrics/stored.ts";

async function redriven(): Promise<number> {
  const series = seriesIn((await storedSums(env.DB).all()).results);
  return series.find(({ name }) => name === "eco2_stage_redriven")?.value ?? 0;
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
  await recordDeadLetters(env.DB, [letter, letter]);
  expect(await redriven()).toBe(0);
  const now = Date.now() + 60 * 60 * 1000;
  const taken = await Promise.all([
    claimDue(env.DB, "answer", { now, exceptModels: [] }),
    claimDue(env.DB, "answer", { now, exceptModels: [] }),
  ]);
  expect(taken.flat()).toHaveLength(1);
  expect(await redriven()).toBe(1);
  await recordDeadLetters(env.DB, [{ ...letter, redrives: 1 }]);
  expect(await redriven()).toBe(1);
});
