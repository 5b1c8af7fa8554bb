import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { costFrom } from "../../src/metrics/call-prices.ts";
import {
  recordStageDeadLetters,
  recordWriteDeadLetters,
} from "../../src/dead-letters/record-dead-letters.ts";
import { createRedrive, RedriveRequest } from "../../src/dead-letters/operated-redrives.ts";
import type { GrantMessage } from "../../src/pipeline/messages.ts";
import { type StageName, stageNames } from "../../src/pipeline/stages/stage-table.ts";
import { pipelineControl } from "../../src/control-client.ts";
import { breakerLimits } from "../../src/pipeline/breaker.ts";
import { buildSubmission, claimStage, jobOf } from "../support/job-builders.ts";
import { opsRequest, statusesWithoutToken } from "../support/ops-requests.ts";

const Overview = z.looseObject({
  incidents: z.array(z.looseObject({ provider: z.string() })),
  jobs: z.array(z.object({ stage: z.string(), waiting: z.int() })),
  causes: z.array(z.looseObject({ fingerprint: z.string(), dead_letters: z.int() })),
  dead_letters: z.array(z.looseObject({ kind: z.string(), source: z.string() })),
  redrives: z.array(z.looseObject({ id: z.string() })),
  control: z.looseObject({}).nullable(),
});
const seen = async (settings: Partial<Env> = {}) => {
  const response = await opsRequest("/overview", {}, settings);
  expect(response.status).toBe(200);
  return Overview.parse(await response.json());
};

beforeEach(() => void vi.spyOn(console, "warn").mockReturnValue());
afterEach(async () => {
  vi.restoreAllMocks();
  // Other files count what is there.
  await env.DB.batch([
    env.DB.prepare("DELETE FROM dead_letters WHERE error_code = 'OVERVIEW'"),
    env.DB.prepare("DELETE FROM metric_counters WHERE labels LIKE '%\"overview-%'"),
  ]);
});

async function park(stage: StageName, model: string, provider: string | null = null) {
  const jobId = crypto.randomUUID();
  const fingerprint = `${stage}/OVERVIEW/${model}/-`;
  const deadLetter = {
    id: `${jobId}:${stage}`,
    jobId,
    userId: `user-${jobId}`,
    stage,
    code: "OVERVIEW",
    message: "scripted",
    provider,
    fingerprint,
    model,
    regulationVersion: null,
    attempts: 3,
    redrives: 0,
    automaticRedrives: 0,
    parkedAt: Date.now(),
  };
  await recordStageDeadLetters(env.DB, [deadLetter]);
  return fingerprint;
}

describe("GET /api/v1/ops/overview", () => {
  it("is closed to whoever has not the token", async () => {
    expect(await statusesWithoutToken("/overview")).toEqual([401, 401, 401, 401]);
  });

  it("has each cause with how many it hit, and what one may cost again", async () => {
    const model = `overview-${crypto.randomUUID()}`;
    const [dear] = [await park("vision", model), await park("vision", model)];
    const free = await park("reward", model);
    const unknown = await park("answer", `${model}-unasked`);
    await env.DB.batch(
      [
        ["eco2_model_calls", JSON.stringify({ model, outcome: "answered" }), 4],
        ["eco2_model_calls", JSON.stringify({ model, outcome: "MODEL_UNAVAILABLE" }), 9],
        ["eco2_model_cost_usd", JSON.stringify({ model }), 0.02],
      ].map((row) =>
        env.DB.prepare("INSERT INTO metric_counters (name, labels, value) VALUES (?, ?, ?)").bind(
          ...row,
        ),
      ),
    );
    const { causes } = await seen();
    expect(causes).toEqual(
      expect.arrayContaining([
        // Three attempts of vision and three of answer, at half a cent each.
        expect.objectContaining({
          fingerprint: dear,
          dead_letters: 2,
          users: 2,
          cost_each_usd: 0.04,
        }),
        expect.objectContaining({ fingerprint: free, dead_letters: 1, cost_each_usd: 0 }),
        expect.objectContaining({ fingerprint: unknown, cost_each_usd: null }),
      ]),
    );
  });

  it("has one incident for a provider's failure, with what waits and what is parked at each stage", async () => {
    const provider = `overview-${crypto.randomUUID()}`;
    const cause = { code: "OVERVIEW", message: "500 scripted" };
    const submission = buildSubmission();
    const job = jobOf(submission.jobId);
    await job.submit(submission);
    await job.retry("vision", await claimStage(job, "vision"), cause, {
      countsAsAttempt: false,
      provider,
    });
    await job.recover();
    await park("answer", "gpt-5.2", provider);
    await park("answer", "gpt-5.2", provider);
    const control = pipelineControl(env);
    for (let failed = 0; failed < breakerLimits.failures; failed++) {
      await control.failed(provider, null, cause);
    }
    const { incidents, jobs } = await seen();
    await control.reset(provider);
    await job.cancel(submission.userId);
    await job.recover();
    expect(incidents.filter((it) => it.provider === provider)).toEqual([
      {
        provider,
        error_code: "OVERVIEW",
        error_message: "500 scripted",
        since: expect.any(String),
        breaker: "open",
        scans: 3,
        stages: [
          { stage: "vision", waiting: 1, running: 0, retrying: 0, parked: 0, redriving: 0 },
          { stage: "answer", waiting: 0, running: 0, retrying: 0, parked: 2, redriving: 0 },
        ],
      },
    ]);
    expect(jobs.find(({ stage }) => stage === "vision")?.waiting).toBeGreaterThanOrEqual(1);
  });

  it("has what is paused and which breakers are open, and nothing while that is not known", async () => {
    await pipelineControl(env).pause("rule", { by: "kim", reason: "drill", until: null });
    try {
      expect((await seen()).control).toMatchObject({
        paused: [{ stage: "rule", by: "kim", reason: "drill", until: null }],
      });
    } finally {
      await pipelineControl(env).unpause("rule");
    }
    const PIPELINE_CONTROL = new Proxy(env.PIPELINE_CONTROL, {
      get: () => () => {
        throw new Error("unreachable");
      },
    });
    expect((await seen({ PIPELINE_CONTROL })).control).toBeNull();
  });

  it("has writes that did not go through, with their cause, and redrives that run", async () => {
    const body = { jobId: crypto.randomUUID(), nothing: "readable" };
    const readable: GrantMessage = {
      id: crypto.randomUUID(),
      userId: `user-${crypto.randomUUID()}`,
      acquiredAt: Date.now(),
      character: { code: "char-eco", name: "이코", type: "기본", dialog: "안녕" },
    };
    const id = crypto.randomUUID();
    await recordWriteDeadLetters(
      env.DB,
      [body, readable].map((it) => ({
        queue: "character-ownership",
        messageId: crypto.randomUUID(),
        body: it,
      })),
      Date.now(),
    );
    const request = { filter: { code: id }, rate_per_second: 1, by: "kim", why: "drill" };
    await createRedrive(env.DB, id, RedriveRequest.parse(request), Date.now());
    const { dead_letters, causes, redrives } = await seen();
    await env.DB.batch([
      env.DB.prepare("DELETE FROM redrives WHERE id = ?").bind(id),
      env.DB.prepare("DELETE FROM dead_letters WHERE kind = 'write'"),
    ]);
    expect(dead_letters.filter(({ kind }) => kind !== "stage")).toEqual([
      {
        kind: "write",
        source: "character-ownership",
        parked: 1,
        redriving: 0,
        oldest_at: expect.any(String),
      },
    ]);
    expect(dead_letters.filter(({ kind }) => kind === "stage").map(({ source }) => source)).toEqual(
      stageNames,
    );
    expect(causes).toContainEqual(
      expect.objectContaining({
        kind: "write",
        fingerprint: "character-ownership/WRITE_FAILED",
        dead_letters: 1,
        cost_each_usd: null,
      }),
    );
    expect(redrives).toContainEqual(
      expect.objectContaining({ id, by: "kim", why: "drill", action: "redrive" }),
    );
  });

  it("finds by the rules of alerts what is wrong at this moment, without opening an alert", async () => {
    const SCAN_REWARD = new Proxy(env.SCAN_REWARD, {
      get: (target, key): unknown =>
        key === "metrics"
          ? () => Promise.resolve({ backlogCount: 1_001, backlogBytes: 0 })
          : Reflect.get(target, key),
    });
    const before = await env.DB.prepare("SELECT count(*) AS n FROM alerts").first<number>("n");
    expect(await seen({ SCAN_REWARD })).toMatchObject({
      findings: expect.arrayContaining([
        expect.objectContaining({ rule: "backlog", target: "scan-reward", value: 1_001 }),
      ]),
    });
    expect(await env.DB.prepare("SELECT count(*) AS n FROM alerts").first<number>("n")).toBe(
      before,
    );
  });
});

describe("what a redrive is expected to cost at most", () => {
  const prices = new Map([["gpt-5.2", 0.01]]);
  it.each<[StageName, string, number | null]>([
    ["vision", "gpt-5.2", 0.08],
    ["rule", "gpt-5.2", 0.04],
    ["answer", "gpt-5.2", 0.04],
    ["reward", "gpt-5.2", 0],
    ["reward", "unasked", 0],
    ["answer", "unasked", null],
  ])("from %s on with %s", (stage, model, usd) => {
    expect(costFrom(stage, model, prices)).toEqual(usd === null ? null : expect.closeTo(usd));
  });
});
