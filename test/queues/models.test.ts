import { unstated } from "../../src/pipeline/certainty.ts";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { publicationOf } from "../../regulations/publication.ts";
import { pipelineControl } from "../../src/control-client.ts";
import { Regulation } from "../../src/pipeline/regulation.ts";
import { resultOf } from "../../src/pipeline/result.ts";
import { pointerKey } from "../../src/regulations/regulation-keys.ts";
import type { ScanRequest } from "../../src/pipeline/request.ts";
import { documents, municipalities } from "../setup.ts";
import { stageOf } from "../../src/pipeline/stages/stage-table.ts";
import { deliverStage, modelEnv } from "../support/queue-messages.ts";
import { modelCalls } from "../support/model-calls.ts";
import { buildSubmission, jobOf, stateOf } from "../support/job-builders.ts";

beforeEach(async () => {
  for (const provider of ["openai", "google"]) await pipelineControl(env).reset(provider);
});
afterEach(() => void vi.useRealTimers());

/** Two providers that the scripted server plays, the second standing in for the first. */
const twoProviders = (settings: Partial<Env> = {}): Env => ({
  ...modelEnv(),
  GEMINI_API_KEY: "gm-test",
  GEMINI_BASE_URL: inject("modelBaseURL"),
  MODEL_FALLBACK: "gemini-2.5-flash-lite",
  ...settings,
});

async function aJob(script = "", request: Partial<ScanRequest> = {}) {
  const submission = buildSubmission({
    user_input: `생수병 ${script} {${crypto.randomUUID()}}`,
    model: "gpt-5.2",
    ...request,
  });
  const job = jobOf(submission.jobId);
  await job.submit(submission);
  const state = async () => {
    const found = await stateOf(job);
    if (!found) throw new Error("There is no job");
    return found;
  };
  return { jobId: submission.jobId, state, words: submission.request.user_input ?? "" };
}

/** Begins or ends a time in which calls for an answer to these words fail. */
async function outage(method: "PUT" | "DELETE", words: string) {
  const url = new URL(inject("modelBaseURL"));
  url.searchParams.set("outage", words);
  await (await fetch(url, { method })).text();
}

describe("fallback models", () => {
  it("are named in the result, with the error of the model they replaced", async () => {
    const { jobId, state, words } = await aJob("[vision@gpt-5.2:401]");
    const bindings = twoProviders();
    for (const stage of ["vision", "answer"] as const) await deliverStage(jobId, stage, bindings);
    expect(resultOf(await state())).toMatchObject({
      status: "completed",
      metadata: {
        model: "gpt-5.2",
        fallbacks: [
          {
            stage: "vision",
            model: "gemini-2.5-flash-lite",
            instead_of: "gpt-5.2",
            reason: { code: "MODEL_UNAUTHORIZED" },
          },
        ],
      },
    });
    expect((await modelCalls(words)).map(({ authorization }) => authorization)).toEqual([
      "Bearer sk-test",
      "Bearer gm-test",
      "Bearer sk-test",
    ]);
  });

  it("replace a retired model, and the result says so", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.parse("2027-04-01"));
    const { jobId, state, words } = await aJob("", { model: "gpt-5.1" });
    for (const stage of ["vision", "answer"] as const) await deliverStage(jobId, stage);
    const result = resultOf(await state());
    expect(result).toMatchObject({
      status: "completed",
      metadata: {
        model: "gpt-5.1",
        fallbacks: [
          {
            stage: "vision",
            model: "gpt-6.1-sol",
            instead_of: "gpt-5.1",
            reason: { code: "MODEL_RETIRED", message: expect.stringContaining("2027-04-01") },
          },
          { stage: "answer", model: "gpt-6.1-sol", reason: { code: "MODEL_RETIRED" } },
        ],
      },
    });
    const asked = (await modelCalls(words)).map(({ body }) => body["model"]);
    expect(asked).toEqual(["gpt-6.1-sol", "gpt-6.1-sol"]);
  });

  it("replace a model without a call while its provider's breaker is open", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const bindings = twoProviders();
    for (let scan = 0; scan < 5; scan++) {
      const { jobId } = await aJob("[vision@gpt-5.2:500]");
      const message = await deliverStage(jobId, "vision", bindings);
      expect(message.retry).toHaveBeenCalledTimes(1);
    }
    const { jobId, state, words } = await aJob();
    for (const stage of ["vision", "answer"] as const) await deliverStage(jobId, stage, bindings);
    const { fallbacks } = resultOf(await state())?.metadata ?? {};
    expect(fallbacks?.map(({ stage, reason }) => [stage, reason.code])).toEqual([
      ["vision", "PROVIDER_PAUSED"],
      ["answer", "PROVIDER_PAUSED"],
    ]);
    const asked = (await modelCalls(words)).map(({ body }) => body["model"]);
    expect(asked).toEqual(["gemini-2.5-flash-lite", "gemini-2.5-flash-lite"]);
  });

  it("leave the scan parked with the reason when every provider is down", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const bindings = twoProviders();
    for (let scan = 0; scan < 10; scan++) {
      const { jobId } = await aJob("[vision:500]");
      await deliverStage(jobId, "vision", bindings);
    }
    const { jobId, state, words } = await aJob();
    const submittedAt = Date.now();
    let postponed = 0;
    while ((await state()).status !== "parked") {
      const message = await deliverStage(jobId, "vision", bindings);
      const { status, error, provider, attempt, readyAt } = await state();
      // The root cause, and not that a breaker is open.
      expect([error?.code, provider]).toEqual(["MODEL_UNAVAILABLE", "openai"]);
      expect(error?.message).toContain("500");
      if (status === "parked") break;
      // Another message was sent: this one's retries are not used up.
      expect(message.ack).toHaveBeenCalledTimes(1);
      expect(attempt).toBe(0);
      expect(readyAt - Date.now()).toBeLessThanOrEqual(20_000);
      postponed++;
      vi.setSystemTime(postponed < 10 ? readyAt : readyAt + 5 * 60_000);
      // Others that come meanwhile find both down still.
      for (let scan = 0; scan < 2; scan++) {
        const other = await aJob("[vision:500]");
        await deliverStage(other.jobId, "vision", bindings);
      }
    }
    expect(postponed).toBeGreaterThan(10);
    expect(Date.now() - submittedAt).toBeGreaterThanOrEqual(stageOf("vision").ttlMs);
    expect(await modelCalls(words)).toEqual([]);
  });

  it("keep no scan waiting when the provider is down for 25 s", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const bindings = modelEnv();
    const words = crypto.randomUUID();
    const jobs = await Promise.all(Array.from({ length: 50 }, () => aJob(words)));
    for (const { jobId } of jobs) await deliverStage(jobId, "vision", bindings);
    const startedAt = Date.now();
    await outage("PUT", words);
    let down = true;
    for (let round = 0; round < 40; round++) {
      const waiting = [];
      for (const job of jobs) if ((await job.state()).status === "running") waiting.push(job);
      if (waiting.length === 0) break;
      const readyAt = await Promise.all(waiting.map(async (it) => (await it.state()).readyAt));
      vi.setSystemTime(Math.max(Date.now(), Math.min(...readyAt)));
      if (down && Date.now() - startedAt >= 25_000) {
        await outage("DELETE", words);
        down = false;
      }
      const due = waiting.filter((_, index) => (readyAt[index] ?? 0) <= Date.now());
      for (const { jobId } of due) await deliverStage(jobId, "answer", bindings);
    }
    expect(down).toBe(false);
    const states = await Promise.all(jobs.map(({ state }) => state()));
    expect(states.map(({ status }) => status)).toEqual(jobs.map(() => "completed"));
  });
});

describe("the cost of a scan", () => {
  it("is shown by stage, attempt and model, including failed attempts", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { jobId, state } = await aJob("[vision:truncated,ok]");
    await deliverStage(jobId, "vision");
    vi.setSystemTime(Date.now() + 120_000);
    for (const stage of ["vision", "answer"] as const) await deliverStage(jobId, stage);
    const cost_usd = (100 * 1.75 + 20 * 14) / 1e6;
    const call = { model: "gpt-5.2", input_tokens: 100, output_tokens: 20, cost_usd };
    expect(resultOf(await state())?.metadata).toMatchObject({
      usage: { input_tokens: 300, output_tokens: 60, cost_usd: expect.closeTo(3 * cost_usd) },
      calls: [
        { ...call, stage: "vision", attempt: 1, error: { code: "MODEL_OUTPUT_TRUNCATED" } },
        { ...call, stage: "vision", attempt: 2, error: null },
        { ...call, stage: "answer", attempt: 1, error: null },
      ],
    });
  });

  it("fails the scan when it has reached its limit", async () => {
    const { jobId, state, words } = await aJob();
    const bindings = { ...modelEnv(), MAX_COST_PER_SCAN_USD: "0.0004" };
    for (const stage of ["vision", "answer"] as const) await deliverStage(jobId, stage, bindings);
    expect(resultOf(await state())).toMatchObject({
      status: "failed",
      error: { code: "COST_LIMIT_REACHED" },
    });
    expect(await modelCalls(words)).toHaveLength(1);
  });

  it("is zero when the vision cache has the photo, unless the client asks for a new call", async () => {
    const bytes = crypto.getRandomValues(new Uint8Array(64));
    await env.IMAGES.put("scan/photo", bytes);
    const photo = { kind: "stored", key: "scan/photo", type: "image/png" } as const;
    const request = { photo: { ...photo, sha256: bytes.toHex() }, user_input: bytes.toHex() };
    const spent = async (more: Partial<ScanRequest> = {}) => {
      const { jobId, state } = await aJob("", { ...request, ...more });
      await deliverStage(jobId, "vision");
      return (await state()).calls.map(({ reused }) => reused);
    };
    expect(await spent()).toEqual([false]);
    expect(await spent()).toEqual([true]);
    expect(await spent({ reuse: false })).toEqual([false]);
    expect(await modelCalls(bytes.toHex())).toHaveLength(2);
  });
});

describe("the regulations of a job", () => {
  const words = "라벨 뗀 생수병";

  it("stay at the version that the job read first", async () => {
    const before = await env.REGULATIONS.get(pointerKey);
    const old = await aJob("", { model: "offline", user_input: words });
    const seen = await jobOf(old.jobId).claim("vision", "first");
    expect(seen).toMatchObject({ verdict: "run" });
    const output = {
      classification: {
        major_category: "재활용폐기물",
        middle_category: "무색페트병",
        minor_category: "생수병",
      },
      situation_tags: [],
      notice: null,
      ...unstated,
      regulation_version: before ?? "",
      calls: [],
    } as const;
    await jobOf(old.jobId).complete("first", [
      { stage: "vision", output: { ...output, situation_tags: [], candidates: [], calls: [] } },
    ]);

    const changed = documents.map((document) => Regulation.parse(document));
    for (const regulation of changed) regulation.summary = `고친 ${regulation.summary}`;
    const { entries, pointer, version } = await publicationOf(changed, municipalities);
    for (const { key, value } of [...entries, pointer]) await env.REGULATIONS.put(key, value);

    const young = await aJob("", { model: "offline", user_input: words });
    const bindings = modelEnv();
    for (const { jobId } of [old, young]) {
      for (const stage of ["vision", "rule", "answer", "reward"] as const) {
        await deliverStage(jobId, stage, bindings);
      }
    }
    const [finished, later] = [resultOf(await old.state()), resultOf(await young.state())];
    expect(finished?.metadata.regulation_version).toBe(before);
    expect(finished?.pipeline_result?.disposal_rules?.summary).not.toContain("고친");
    expect(later?.metadata).toMatchObject({
      regulation_version: version,
      regulation: { key: "재활용폐기물_무색페트병", effective_date: "2026-01-01" },
    });
    expect(later?.pipeline_result?.disposal_rules?.summary).toContain("고친");
  });

  it.each([
    ["강남구", "서울특별시 강남구"],
    ["화성시 달동네", null],
  ])("are those of %s when they are known", async (region, applied) => {
    const { jobId, state } = await aJob("", { model: "offline", user_input: words, region });
    for (const stage of ["vision", "answer"] as const) await deliverStage(jobId, stage);
    expect(resultOf(await state())).toMatchObject({
      status: "completed",
      metadata: { region: { asked: region, applied } },
      pipeline_result: { disposal_rules: { local: applied && { region: applied } } },
    });
  });
});
