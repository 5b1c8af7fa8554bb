import { describe, expect, it, vi } from "vitest";
import { isolateBreakers } from "../../src/models/breakers.ts";
import {
  type Candidate,
  type FallbackOptions,
  withFallbacks,
} from "../../src/models/fallback-models.ts";
import type { ProviderModel, WithUsage } from "../../src/models/provider-model.ts";
import { breakerLimits } from "../../src/pipeline/breaker.ts";
import { PermanentError, TransientError } from "../../src/pipeline/errors.ts";
import type { Photo } from "../../src/pipeline/request.ts";
import type { CallBudget, VisionInput, VisionResult } from "../../src/ports.ts";
import { buildModelRow } from "../support/build-model-row.ts";
import { stageOutputs } from "../support/job-builders.ts";

const { classification, situation_tags, notice } = stageOutputs.vision;
const usage = { input_tokens: 1_000_000, output_tokens: 100_000 };
const visionResult = { classification, situation_tags, notice, usage };
const photo: Photo = { kind: "stored", key: "scan/1", type: "image/png", sha256: "ab" };
const input: VisionInput & CallBudget = {
  photo: null,
  words: "생수병",
  regulation_version: "v1",
  spent_usd: 0,
  reuse: true,
};
const { signal } = new AbortController();

const down = new TransientError("MODEL_UNAVAILABLE", "scripted 500");
const noKey = new PermanentError("MODEL_UNAUTHORIZED", "scripted 401");

/** A candidate that answers, or rejects with `error`. */
function buildCandidate(name: string, provider = name, error?: Error) {
  const classify = vi.fn<ProviderModel["classify"]>(() =>
    error ? Promise.reject(error) : Promise.resolve(visionResult),
  );
  const answer = () => Promise.reject(new Error("no test calls it"));
  const row = buildModelRow({ name, provider, input_usd: 2, output_usd: 10 });
  return { row, prompt: "look", model: { classify, answer } } satisfies Candidate;
}

function buildModel(candidates: Candidate[], options: Partial<FallbackOptions> = {}) {
  const cached = new Map<string, VisionResult>();
  const model = withFallbacks(candidates, {
    breakers: isolateBreakers(),
    maxCostUsd: Infinity,
    visionCache: {
      get: (key) => Promise.resolve(cached.get(key) ?? null),
      put: (key, value) => Promise.resolve(void cached.set(key, value)),
    },
    ...options,
  });
  return (changes: Partial<typeof input> = {}) => model.classify({ ...input, ...changes }, signal);
}

const thrown = (call: Promise<unknown>) =>
  call.then(
    () => Promise.reject(new Error("it answered")),
    (error: unknown) => error,
  );

describe("withFallbacks: the model answers", () => {
  it("prices the tokens by the catalog and calls no fallback", async () => {
    const other = buildCandidate("second");
    const { calls } = await buildModel([buildCandidate("first"), other])();
    const timed = { started_at: expect.any(String), duration_ms: expect.any(Number) };
    expect(calls).toEqual([
      { model: "first", ...usage, cost_usd: 3, reused: false, error: null, ...timed },
    ]);
    expect(other.model.classify).not.toHaveBeenCalled();
  });
});

describe("withFallbacks: the model fails", () => {
  it("records when each call began and how long it took, also of one that failed", async () => {
    const slow = buildCandidate("first", "a");
    slow.model.classify.mockImplementation(async () => {
      await scheduler.wait(20);
      throw noKey;
    });
    const startedAt = Date.now();
    const { calls } = await buildModel([slow, buildCandidate("second", "b")])();
    const [first, second] = calls;
    expect(first?.duration_ms).toBeGreaterThanOrEqual(19);
    expect(Date.parse(first?.started_at ?? "")).toBeGreaterThanOrEqual(startedAt);
    expect(Date.parse(second?.started_at ?? "")).toBeGreaterThanOrEqual(startedAt + 19);
  });

  it("calls the next model when the error is permanent, and records both calls", async () => {
    const { calls } = await buildModel([
      buildCandidate("first", "a", noKey),
      buildCandidate("second", "b"),
    ])();
    expect(calls.map(({ model, error }) => [model, error?.code])).toEqual([
      ["first", "MODEL_UNAUTHORIZED"],
      ["second", undefined],
    ]);
  });

  it("throws a transient error for the queue to retry, without calling the next model", async () => {
    const other = buildCandidate("second", "b");
    const error = await thrown(buildModel([buildCandidate("first", "a", down), other])());
    expect(error).toMatchObject({ name: "TransientError", code: "MODEL_UNAVAILABLE" });
    expect(other.model.classify).not.toHaveBeenCalled();
  });

  it("does not fall back when the model refuses", async () => {
    const refusal = new PermanentError("MODEL_REFUSED", "no", { usage });
    const other = buildCandidate("second", "b");
    const error = await thrown(buildModel([buildCandidate("first", "a", refusal), other])());
    expect(error).toMatchObject({ code: "MODEL_REFUSED", calls: [{ cost_usd: 3 }] });
    expect(other.model.classify).not.toHaveBeenCalled();
  });

  it.each([
    ["a used-up quota", new TransientError("MODEL_QUOTA_EXHAUSTED", "scripted 429")],
    ["billing", new PermanentError("MODEL_BILLING_REQUIRED", "scripted 402")],
    ["an unknown model", new PermanentError("MODEL_NOT_FOUND", "scripted 404")],
    ["an unsupported photo", new PermanentError("MODEL_UNSUPPORTED_INPUT", "scripted 415")],
  ])(
    "calls the next model at once for %s, and does not count it for the breaker",
    async (_, it) => {
      const first = buildCandidate("first", "a", it);
      const classify = buildModel([first, buildCandidate("second", "b")]);
      for (let scan = 0; scan <= breakerLimits.failures; scan++) {
        expect((await classify()).calls).toMatchObject([
          { error: { code: it.code } },
          { error: null },
        ]);
      }
      expect(first.model.classify).toHaveBeenCalledTimes(breakerLimits.failures + 1);
    },
  );

  it.each([
    ["alone", []],
    ["before a permanent error", [buildCandidate("second", "b", noKey)]],
  ])(
    "throws a transient error for a used-up quota %s, so that the scan waits",
    async (_, others) => {
      const quota = new TransientError("MODEL_QUOTA_EXHAUSTED", "scripted", { retryAfterMs: 9 });
      const error = await thrown(buildModel([buildCandidate("first", "a", quota), ...others])());
      expect(error).toMatchObject({
        name: "TransientError",
        code: "MODEL_QUOTA_EXHAUSTED",
        retryAfterMs: 9,
        countsAsAttempt: true,
      });
    },
  );

  it("records the call of an attempt whose deadline passes", async () => {
    const late = new DOMException("Exceeded 60000 ms", "TimeoutError");
    expect(await thrown(buildModel([buildCandidate("first", "a", late)])())).toMatchObject({
      name: "TransientError",
      code: "DEADLINE_EXCEEDED",
      calls: [{ model: "first", error: { code: "DEADLINE_EXCEEDED" } }],
    });
  });

  it("throws the last error when no fallback is left", async () => {
    const error = await thrown(
      buildModel([buildCandidate("first", "a", noKey), buildCandidate("second", "b", noKey)])(),
    );
    expect(error).toMatchObject({ name: "PermanentError", code: "MODEL_UNAUTHORIZED" });
  });
});

describe("withFallbacks: a provider keeps failing", () => {
  /** Fails calls until the breaker of the first candidate is open. */
  async function failUntilOpen(candidates: Candidate[], times = breakerLimits.failures) {
    let now = 0;
    const classify = buildModel(candidates, { breakers: isolateBreakers(() => now) });
    for (let failure = 0; failure < times; failure++) await thrown(classify());
    return { classify, wait: (ms: number) => void (now += ms) };
  }

  it("skips the provider while its breaker is open, and records why", async () => {
    const first = buildCandidate("first", "a", down);
    const { classify } = await failUntilOpen([first, buildCandidate("second", "b")]);
    first.model.classify.mockClear();
    const { calls } = await classify();
    expect(calls.map(({ model, error }) => [model, error?.code])).toEqual([
      ["first", "PROVIDER_PAUSED"],
      ["second", undefined],
    ]);
    expect(first.model.classify).not.toHaveBeenCalled();
  });

  it("probes the provider once its breaker is half-open, and uses it again after a success", async () => {
    const first = buildCandidate("first", "a", down);
    const { classify, wait } = await failUntilOpen([first, buildCandidate("second", "b")]);
    wait(breakerLimits.openMs);
    first.model.classify.mockImplementation(() => Promise.resolve(visionResult));
    for (let call = 0; call < 3; call++) {
      expect((await classify()).calls.map(({ model }) => model)).toEqual(["first"]);
    }
  });

  it("throws the failure that opened the first breaker, with the retry time, when every breaker is open", async () => {
    const candidates = [buildCandidate("first", "a", down), buildCandidate("second", "b", down)];
    const { classify } = await failUntilOpen(candidates, 2 * breakerLimits.failures);
    expect(await thrown(classify())).toMatchObject({
      name: "TransientError",
      code: "MODEL_UNAVAILABLE",
      message: "scripted 500",
      provider: "a",
      countsAsAttempt: false,
      retryAfterMs: breakerLimits.openMs,
    });
  });

  it("does not count an unusable reply against the provider", async () => {
    const unusable = new TransientError("MODEL_OUTPUT_INVALID", "not JSON", { usage });
    const { classify } = await failUntilOpen(
      [buildCandidate("first", "a", unusable), buildCandidate("second", "b")],
      9,
    );
    expect(await thrown(classify())).toMatchObject({
      code: "MODEL_OUTPUT_INVALID",
      calls: [{ model: "first", cost_usd: 3 }],
    });
  });
});

describe("withFallbacks: the cost limit", () => {
  it("refuses the next call when the limit is reached, and names the limit", async () => {
    const candidate = buildCandidate("first");
    const classify = buildModel([candidate], { maxCostUsd: 0.05 });
    expect(await thrown(classify({ spent_usd: 0.051 }))).toMatchObject({
      name: "PermanentError",
      code: "COST_LIMIT_REACHED",
      message: expect.stringContaining("$0.0510 of at most $0.05 (MAX_COST_PER_SCAN_USD)"),
    });
    expect(candidate.model.classify).not.toHaveBeenCalled();
    expect((await classify({ spent_usd: 0.049 })).calls).toHaveLength(1);
  });
});

describe("withFallbacks: the vision cache", () => {
  it("answers the same photo without a call, even when the provider's breaker is open", async () => {
    const candidate = buildCandidate("first");
    const classify = buildModel([candidate]);
    await classify({ photo });
    candidate.model.classify.mockImplementation(() => Promise.reject(down));
    for (let other = 0; other < breakerLimits.failures; other++) await thrown(classify());
    const { calls, ...result } = await classify({ photo });
    expect(calls).toEqual([
      {
        model: "first",
        input_tokens: 0,
        output_tokens: 0,
        cost_usd: 0,
        reused: true,
        error: null,
      },
    ]);
    expect(result).toEqual({ classification, situation_tags, notice });
  });

  it.each<[string, object, Partial<Candidate>]>([
    ["the client turns reuse off", { reuse: false }, {}],
    ["the words differ", { words: "캔" }, {}],
    ["the bytes differ", { photo: { ...photo, sha256: "cd" } }, {}],
    ["the photo is a URL", { photo: { kind: "url", url: "https://a.example.com/1" } }, {}],
    ["the prompt differs", {}, { prompt: "look closer" }],
    ["the model differs", {}, { row: buildCandidate("other").row }],
  ])("calls the model again when %s", async (_, changes, candidateChanges) => {
    const cached = new Map<string, VisionResult>();
    const visionCache = {
      get: (key: string) => Promise.resolve(cached.get(key) ?? null),
      put: (key: string, it: VisionResult) => Promise.resolve(void cached.set(key, it)),
    };
    const first = buildCandidate("first");
    await buildModel([first], { visionCache })({ photo });
    const second = { ...buildCandidate("first"), ...candidateChanges };
    const { calls } = await buildModel([second], { visionCache })({ photo, ...changes });
    expect(calls).toMatchObject([{ reused: false }]);
  });
});

it("moves the usage of a reply into its call record", async () => {
  const reply: VisionResult & Partial<WithUsage> = await buildModel([buildCandidate("first")])();
  expect(reply.usage).toBeUndefined();
});
