import { describe, expect, it } from "vitest";
import type { EventDraft, JobEvent } from "../../src/pipeline/job-events.ts";
import { scanLineOf } from "../../src/pipeline/scan-line.ts";
import { buildSubmission, stageOutputs, unclearVision } from "../support/job-builders.ts";

const submission = buildSubmission(
  { user_input: "내 비밀 이야기", callback_url: "https://hooks.example.com/me" },
  { userId: "user-secret", jobId: "6384bae8-2c47-4c38-8fbd-efb44a924fcf" },
);

const eventOf = (draft: EventDraft, seq: number, at: number): JobEvent => ({
  ...draft,
  seq,
  at: 1_000_000 + at,
});

/** A log of events, each at its ms. */
const logOf = (...events: [at: number, EventDraft][]): JobEvent[] => [
  eventOf({ type: "queued", ...submission }, 0, 0),
  ...events.map(([at, draft], index) => eventOf(draft, index + 1, at)),
];

const lineOf = (...events: [at: number, EventDraft][]) => scanLineOf(logOf(...events));

const started = (stage: "vision" | "answer", attempt = 1): EventDraft => ({
  type: "started",
  stage,
  attempt,
  lease: "lease",
});
const visionHop: EventDraft[] = [
  { type: "completed", stage: "vision", output: stageOutputs.vision },
  { type: "started", stage: "rule", attempt: 1, lease: "lease" },
  { type: "completed", stage: "rule", output: stageOutputs.rule },
];
const answerHop: EventDraft[] = [
  { type: "completed", stage: "answer", output: stageOutputs.answer },
  { type: "started", stage: "reward", attempt: 1, lease: "lease" },
  { type: "completed", stage: "reward", output: stageOutputs.reward },
  { type: "done" },
];
const at = (ms: number, drafts: EventDraft[]) =>
  drafts.map((draft): [number, EventDraft] => [ms, draft]);
const [call] = stageOutputs.answer.calls;
if (!call) throw new Error("The answer has no call");
const error = { code: "MODEL_UNAVAILABLE", message: "내 비밀 이야기" };
const failedCalls = [{ ...call, error }];

describe("a scan's line", () => {
  it("has of a completed scan its times, calls, cost and outcome", () => {
    expect(
      lineOf(
        [40, started("vision")],
        ...at(540, visionHop),
        [560, started("answer")],
        ...at(2_560, answerHop),
      ),
    ).toEqual({
      job: submission.jobId,
      status: "completed",
      stage: "reward",
      code: undefined,
      duration_ms: 2_560,
      wait_ms: 60,
      work_ms: 2_500,
      parked_ms: 0,
      attempts: 4,
      retries: 0,
      crashes: 0,
      postponed: 0,
      redrives: 0,
      lane: "prompt",
      photo: null,
      models: ["gpt-5.2"],
      calls: 2,
      failed_calls: 0,
      cached: false,
      input_tokens: 200,
      output_tokens: 40,
      cost_usd: 0.00091,
      category: "재활용폐기물>무색페트병",
      asks: null,
      confirmed_by: undefined,
      reward: "announced",
      trace_id: "0123456789abcdef0123456789abcdef",
    });
  });

  it("has of a scan that failed after retries the code, and what each attempt has cost", () => {
    const retrying = { type: "retrying", stage: "vision", attempt: 1, error } as const;
    expect(
      lineOf(
        [10, started("vision")],
        [110, { ...retrying, retryAt: 1_002_110, budget: "attempt", calls: failedCalls }],
        [2_110, started("vision", 2)],
        [2_210, { ...retrying, retryAt: 1_002_210, budget: "crash", calls: [] }],
        [2_310, started("vision", 2)],
        [2_410, { ...retrying, retryAt: 1_003_410, budget: "wait", calls: failedCalls }],
        [3_410, started("vision", 2)],
        [3_510, { type: "failed", stage: "vision", error, calls: failedCalls }],
        [3_510, { type: "done" }],
      ),
    ).toMatchObject({
      status: "failed",
      stage: "vision",
      code: "MODEL_UNAVAILABLE",
      duration_ms: 3_510,
      work_ms: 400,
      wait_ms: 3_110,
      attempts: 4,
      retries: 1,
      crashes: 1,
      postponed: 1,
      calls: 3,
      failed_calls: 3,
      input_tokens: 300,
      category: undefined,
      reward: "none",
    });
  });

  it("has of a scan that was parked how long, and how often it was redriven", () => {
    expect(
      lineOf(
        [10, started("vision")],
        [60, { type: "parked", stage: "vision", error, calls: failedCalls }],
        [300_060, { type: "resumed", stage: "vision", decision: "1", automatic: true }],
        [300_070, started("vision")],
        [300_170, { type: "parked", stage: "vision", error, calls: [] }],
        [900_170, { type: "failed", stage: "vision", error, calls: [] }],
        [900_170, { type: "done" }],
      ),
    ).toMatchObject({
      status: "failed",
      duration_ms: 900_170,
      wait_ms: 20,
      work_ms: 150,
      parked_ms: 900_000,
      redrives: 1,
    });
  });

  it("has of a cancelled scan the stage that it was in", () => {
    expect(
      lineOf(
        [10, started("vision")],
        ...at(30, visionHop),
        [50, { type: "cancelled", stage: "answer" }],
        [50, { type: "done" }],
      ),
    ).toMatchObject({ status: "cancelled", stage: "answer", work_ms: 20, wait_ms: 30 });
  });

  it("has of a confirmed scan the run that followed, and no time in between", () => {
    const { classification, situation_tags } = stageOutputs.vision;
    const unclear: EventDraft = { type: "completed", stage: "vision", output: unclearVision };
    const { reward, ...others } = { ...stageOutputs };
    const line = lineOf(
      [10, started("vision")],
      ...at(110, [unclear, ...visionHop.slice(1)]),
      [120, started("answer")],
      ...at(220, answerHop),
      [60_220, { type: "confirmed", classification, situation_tags, by: "category" }],
      [60_230, { type: "started", stage: "rule", attempt: 1, lease: "lease" }],
      [60_240, { type: "completed", stage: "rule", output: others.rule }],
      [60_250, started("answer")],
      [60_350, { type: "completed", stage: "answer", output: others.answer }],
      [60_350, { type: "started", stage: "reward", attempt: 1, lease: "lease" }],
      [
        60_360,
        {
          type: "completed",
          stage: "reward",
          output: { ...reward, reward: null, reward_pending: true },
        },
      ],
      [60_360, { type: "done" }],
    );
    expect(line).toMatchObject({
      confirmed_by: "category",
      category: "재활용폐기물>무색페트병",
      duration_ms: 140,
      wait_ms: 20,
      work_ms: 120,
      calls: 1,
      reward: "pending",
    });
  });

  it("has neither the user, nor words, addresses or messages", () => {
    const text = JSON.stringify(
      lineOf(
        [10, started("vision")],
        [20, { type: "failed", stage: "vision", error, calls: failedCalls }],
        [20, { type: "done" }],
      ),
    );
    expect(text).not.toMatch(/비밀|secret|hooks|sha256/);
  });
});
