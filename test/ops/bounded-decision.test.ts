import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { z } from "zod";
import { recordStageDeadLetters } from "../../src/dead-letters/record-dead-letters.ts";
import { redrivableOfIncident } from "../../web/ops/incidents/incident-words.ts";
import { redrivableOfCause } from "../../web/ops/dead-letters/redrivable.ts";
import { opsPost } from "../support/ops-requests.ts";

const Counted = z.object({ dead_letters: z.int() });

it("takes no more than the page showed when it was decided, though more are parked meanwhile", async () => {
  const mark = crypto.randomUUID();
  const park = async (parkedAt: number) => {
    const jobId = crypto.randomUUID();
    await recordStageDeadLetters(env.DB, [
      {
        id: `${jobId}:vision`,
        jobId,
        userId: "user-1",
        stage: "vision",
        code: mark,
        message: "scripted",
        provider: "openai",
        fingerprint: mark,
        model: "offline",
        regulationVersion: null,
        attempts: 3,
        redrives: 0,
        automaticRedrives: 0,
        parkedAt,
      },
    ]);
  };
  const now = Date.now();
  await park(now - 2);
  await park(now - 1);
  const at = new Date(now).toISOString();
  const cause = {
    fingerprint: mark,
    kind: "stage" as const,
    source: "vision",
    error_code: mark,
    error_message: "scripted",
    provider: "openai",
    model: "offline",
    regulation_version: null,
    dead_letters: 2,
    users: 1,
    first_seen_at: at,
    last_seen_at: at,
    cost_each_usd: null,
  };
  const incident = {
    provider: "openai",
    error_code: mark,
    error_message: null,
    since: at,
    breaker: "closed" as const,
    scans: 2,
    stages: [
      { stage: "vision" as const, waiting: 0, running: 0, retrying: 0, parked: 2, redriving: 0 },
    ],
  };
  const shown = [
    redrivableOfCause(cause, at),
    redrivableOfIncident(incident, { causes: [cause], at }),
  ];
  await park(now + 1);
  await park(now + 2);
  await expect.poll(() => Date.now()).toBeGreaterThan(now + 2);
  for (const { filter, dead_letters } of shown) {
    const response = await opsPost("/redrives", { filter, by: "kim", why: "drill", dry_run: true });
    expect(Counted.parse(await response.json())).toEqual({ dead_letters });
  }
});
