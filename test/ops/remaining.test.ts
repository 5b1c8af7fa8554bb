import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { z } from "zod";
import { recordStageDeadLetters } from "../../src/dead-letters/record-dead-letters.ts";
import {
  createRedrive,
  endRedrive,
  RedriveRequest,
} from "../../src/dead-letters/operated-redrives.ts";
import { opsRequest } from "../support/ops-requests.ts";

const Seen = z.object({
  status: z.string(),
  remaining: z.int().nullable(),
  progress: z.object({ taken: z.int() }),
});

it("shows how many dead letters a redrive is still to take, and null once it has ended", async () => {
  const id = crypto.randomUUID();
  const deadLetter = (parkedAt: number) => {
    const jobId = crypto.randomUUID();
    return {
      id: `${jobId}:vision`,
      jobId,
      userId: "user-1",
      stage: "vision" as const,
      code: id,
      message: "scripted",
      provider: null,
      fingerprint: id,
      model: "offline",
      regulationVersion: null,
      attempts: 3,
      redrives: 0,
      automaticRedrives: 0,
      parkedAt,
    };
  };
  const now = Date.now();
  await recordStageDeadLetters(env.DB, [
    deadLetter(now - 3),
    deadLetter(now - 2),
    deadLetter(now - 1),
  ]);
  const request = { filter: { code: id }, rate_per_second: 1, by: "kim", why: "drill" };
  await createRedrive(env.DB, id, RedriveRequest.parse(request), now);
  const seen = async () => Seen.parse(await (await opsRequest(`/redrives/${id}`)).json());
  expect(await seen()).toEqual({ status: "running", remaining: 3, progress: { taken: 0 } });

  // As the slices of its object do, but for the count of redrives, which other files look at.
  await env.DB.prepare(
    `UPDATE dead_letters SET status = 'redriving', redrive_id = ?1, claimed_at = last_seen_at
     WHERE id IN (SELECT id FROM dead_letters WHERE error_code = ?1 LIMIT 2)`,
  )
    .bind(id)
    .run();
  // One that came later is not its own.
  await recordStageDeadLetters(env.DB, [deadLetter(now + 1_000)]);
  expect(await seen()).toEqual({ status: "running", remaining: 1, progress: { taken: 2 } });

  await endRedrive(env.DB, id, "aborted", "Aborted by kim.", now);
  expect(await seen()).toEqual({ status: "aborted", remaining: null, progress: { taken: 2 } });
  await env.DB.prepare("DELETE FROM dead_letters WHERE error_code = ?").bind(id).run();
});
