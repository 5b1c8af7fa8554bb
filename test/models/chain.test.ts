import { describe, expect, it, vi } from "vitest";
import { isolateBreakers } from "../../src/models/breakers.ts";
import { type ChainOptions, type Link, modelChain } from "../../src/models/chain.ts";
import type { ProviderModel, Used } from "../../src/models/provider-model.ts";
import { breakerLimits } from "../../src/pipeline/breaker.ts";
import { PermanentError, TransientError } from "../../src/pipeline/errors.ts";
import type { Photo } from "../../src/pipeline/request.ts";
import type { Question, Sighting, Spending } from "../../src/ports.ts";
import { outputs } from "../support/scans.ts";

const { classification, situation_tags, notice } = outputs.vision;
const usage = { input_tokens: 1_000_000, output_tokens: 100_000 };
const sighting = { classification, situation_tags, notice, usage };
const photo: Photo = { kind: "stored", key: "scan/1", type: "image/png", sha256: "ab" };
const question: Question & Spending = {
  photo: null,
  words: "생수병",
  regulation_version: "v1",
  spent_usd: 0,
  reuse: true,
};
const { signal } = new AbortController();

const down = new TransientError("MODEL_UNAVAILABLE", "scripted 500");
const noKey = new PermanentError("MODEL_UNAUTHORIZED", "scripted 401");

/** A model that answers, or throws what it is given. */
function aLink(name: string, provider = name, error?: Error) {
  const classify = vi.fn<ProviderModel["classify"]>(() =>
    error ? Promise.reject(error) : Promise.resolve(sighting),
  );
  const answer = () => Promise.reject(new Error("nobody writes here"));
  const row = { name, provider, vision: true, input_usd: 2, output_usd: 10 };
  return { row, prompt: "look", model: { classify, answer } } satisfies Link;
}

function aChain(links: Link[], options: Partial<ChainOptions> = {}) {
  const remembered = new Map<string, Sighting>();
  const chain = modelChain(links, {
    breakers: isolateBreakers(),
    maxCostUsd: Infinity,
    sightings: {
      recall: (key) => Promise.resolve(remembered.get(key) ?? null),
      remember: (key, value) => Promise.resolve(void remembered.set(key, value)),
    },
    ...options,
  });
  return (asked: Partial<typeof question> = {}) =>
    chain.classify({ ...question, ...asked }, signal);
}

const thrown = (asked: Promise<unknown>) =>
  asked.then(
    () => Promise.reject(new Error("it answered")),
    (error: unknown) => error,
  );

describe("a model that answers", () => {
  it("costs its tokens at the catalog's price, and nobody else is asked", async () => {
    const other = aLink("second");
    const { calls } = await aChain([aLink("first"), other])();
    expect(calls).toEqual([{ model: "first", ...usage, cost_usd: 3, reused: false, error: null }]);
    expect(other.model.classify).not.toHaveBeenCalled();
  });
});

describe("a model that cannot answer", () => {
  it("for a reason of its own is followed by the next, and both are told", async () => {
    const { calls } = await aChain([aLink("first", "a", noKey), aLink("second", "b")])();
    expect(calls.map(({ model, error }) => [model, error?.code])).toEqual([
      ["first", "MODEL_UNAUTHORIZED"],
      ["second", undefined],
    ]);
  });

  it("for a passing reason is left to the queue: the next is not asked", async () => {
    const other = aLink("second", "b");
    const error = await thrown(aChain([aLink("first", "a", down), other])());
    expect(error).toMatchObject({ name: "TransientError", code: "MODEL_UNAVAILABLE" });
    expect(other.model.classify).not.toHaveBeenCalled();
  });

  it("because it refuses is not asked around for", async () => {
    const refusal = new PermanentError("MODEL_REFUSED", "no", { usage });
    const other = aLink("second", "b");
    const error = await thrown(aChain([aLink("first", "a", refusal), other])());
    expect(error).toMatchObject({ code: "MODEL_REFUSED", calls: [{ cost_usd: 3 }] });
    expect(other.model.classify).not.toHaveBeenCalled();
  });

  it("is told with its reason when there is no other", async () => {
    const error = await thrown(aChain([aLink("first", "a", noKey), aLink("second", "b", noKey)])());
    expect(error).toMatchObject({ name: "PermanentError", code: "MODEL_UNAUTHORIZED" });
  });
});

describe("a provider that keeps failing", () => {
  /** Both fail until the breaker of the first is open. */
  async function broken(links: Link[], times = breakerLimits.failures) {
    let now = 0;
    const ask = aChain(links, { breakers: isolateBreakers(() => now) });
    for (let failure = 0; failure < times; failure++) await thrown(ask());
    return { ask, wait: (ms: number) => void (now += ms) };
  }

  it("is left alone, the next one answers, and the result says why", async () => {
    const first = aLink("first", "a", down);
    const { ask } = await broken([first, aLink("second", "b")]);
    first.model.classify.mockClear();
    const { calls } = await ask();
    expect(calls.map(({ model, error }) => [model, error?.code])).toEqual([
      ["first", "PROVIDER_PAUSED"],
      ["second", undefined],
    ]);
    expect(first.model.classify).not.toHaveBeenCalled();
  });

  it("is asked once after a while, and again by everybody when that went well", async () => {
    const first = aLink("first", "a", down);
    const { ask, wait } = await broken([first, aLink("second", "b")]);
    wait(breakerLimits.openMs);
    first.model.classify.mockImplementation(() => Promise.resolve(sighting));
    for (let asked = 0; asked < 3; asked++) {
      expect((await ask()).calls.map(({ model }) => model)).toEqual(["first"]);
    }
  });

  it("is a passing reason when the others are down as well, with when to come again", async () => {
    const links = [aLink("first", "a", down), aLink("second", "b", down)];
    const { ask } = await broken(links, 2 * breakerLimits.failures);
    expect(await thrown(ask())).toMatchObject({
      name: "TransientError",
      code: "MODELS_UNAVAILABLE",
      message: expect.stringContaining("b has failed several times"),
      retryAfterMs: breakerLimits.openMs,
    });
  });

  it("is not blamed for a reply that could not be used", async () => {
    const unusable = new TransientError("MODEL_OUTPUT_INVALID", "not JSON", { usage });
    const { ask } = await broken([aLink("first", "a", unusable), aLink("second", "b")], 9);
    expect(await thrown(ask())).toMatchObject({
      code: "MODEL_OUTPUT_INVALID",
      calls: [{ model: "first", cost_usd: 3 }],
    });
  });
});

describe("a scan's budget", () => {
  it("stops the call that would follow, and says what it was", async () => {
    const link = aLink("first");
    const ask = aChain([link], { maxCostUsd: 0.05 });
    expect(await thrown(ask({ spent_usd: 0.051 }))).toMatchObject({
      name: "PermanentError",
      code: "COST_LIMIT_REACHED",
      message: expect.stringContaining("$0.0510 of at most $0.05 (MAX_COST_PER_SCAN_USD)"),
    });
    expect(link.model.classify).not.toHaveBeenCalled();
    expect((await ask({ spent_usd: 0.049 })).calls).toHaveLength(1);
  });
});

describe("a photo that was seen before", () => {
  it("costs nothing and asks nobody, not even when its provider is down", async () => {
    const link = aLink("first");
    const ask = aChain([link]);
    await ask({ photo });
    link.model.classify.mockImplementation(() => Promise.reject(down));
    for (let other = 0; other < breakerLimits.failures; other++) await thrown(ask());
    const { calls, ...again } = await ask({ photo });
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
    expect(again).toEqual({ classification, situation_tags, notice });
  });

  it.each<[string, object, Partial<Link>]>([
    ["the client wants a new look", { reuse: false }, {}],
    ["the words are others", { words: "캔" }, {}],
    ["the bytes are others", { photo: { ...photo, sha256: "cd" } }, {}],
    ["it comes by address", { photo: { kind: "url", url: "https://a.example.com/1" } }, {}],
    ["the prompt is another", {}, { prompt: "look closer" }],
    ["the model is another", {}, { row: aLink("other").row }],
  ])("is looked at again when %s", async (_, asked, changes) => {
    const remembered = new Map<string, Sighting>();
    const sightings = {
      recall: (key: string) => Promise.resolve(remembered.get(key) ?? null),
      remember: (key: string, it: Sighting) => Promise.resolve(void remembered.set(key, it)),
    };
    const first = aLink("first");
    await aChain([first], { sightings })({ photo });
    const second = { ...aLink("first"), ...changes };
    const { calls } = await aChain([second], { sightings })({ photo, ...asked });
    expect(calls).toMatchObject([{ reused: false }]);
  });
});

it("keeps the shape of a reply: what it used is told as a call", async () => {
  const reply: Sighting & Partial<Used> = await aChain([aLink("first")])();
  expect(reply.usage).toBeUndefined();
});
