import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { claimDue } from "../../src/dead-letters/dead-letter-store.ts";
import { recordStageDeadLetters } from "../../src/dead-letters/record-dead-letters.ts";
import { seriesFrom, selectCounters } from "../../src/metrics/counters.ts";

async function redriven(): Promise<number> {
  const series = seriesFrom((await selectCounters(env.DB).all()).results);
  return series
    .filter(({ name }) => name === "eco2_stage_redriven")
    .reduce((sum, { value }) => sum + value, 0);
}

it("counts a redrive when it is decided, and not when its dead letter is recorded again", async () => {
  const jobId = crypto.randomUUID();
  const deadLetter = {
    id: `${jobId}:answer`,
    jobId,
    userId: "user-1",
    stage: "answer" as const,
    code: "MODEL_UNAVAILABLE",
    message: "scripted",
    provider: null,
    fingerprint: "answer/MODEL_UNAVAILABLE/offline/-",
    model: "offline",
    regulationVersion: null,
    attempts: 3,
    redrives: 0,
    automaticRedrives: 0,
    parkedAt: Date.now(),
  };
  const before = await redriven();
  await recordStageDeadLetters(env.DB, [deadLetter, deadLetter]);
  expect(await redriven()).toBe(before);
  const now = Date.now() + 60 * 60 * 1000;
  const claim = { exceptModels: [], dueCodes: null, limit: 50 };
  const taken = await Promise.all([
    claimDue(env.DB, { kind: "stage", source: "answer" }, claim, now),
    claimDue(env.DB, { kind: "stage", source: "answer" }, claim, now),
  ]);
  // Other files may have dead letters that are due, too.
  const all = taken.flat();
  expect(all.filter((it) => it.id === deadLetter.id)).toHaveLength(1);
  expect(await redriven()).toBe(before + all.length);
  await recordStageDeadLetters(env.DB, [{ ...deadLetter, redrives: 1 }]);
  expect(await redriven()).toBe(before + all.length);
});
