import { env } from "cloudflare:workers";
import { describe, expect, inject, it, vi } from "vitest";
import { adaptersOf } from "../../src/adapters.ts";
import { models } from "../../src/models/catalog.ts";
import { modelCalls } from "../support/model-calls.ts";

const keys = { OPENAI_API_KEY: "sk-1", GEMINI_API_KEY: "gm-1", WORKERS_AI_API_KEY: "cf-1" };
const configured = (settings: Partial<Env>) => adaptersOf({ ...env, ...settings }).models;
const namesOf = (settings: Partial<Env>) => configured(settings).supported.map(({ name }) => name);

/** Calls a model under these settings, and returns the request that the provider received. */
async function requestOf(name: string, settings: Partial<Env>) {
  const words = crypto.randomUUID();
  const question = { photo: null, words, regulation_version: "v1", spent_usd: 0, reuse: true };
  await configured(settings).model(name).classify(question, new AbortController().signal);
  const [call] = await modelCalls(words);
  return call;
}

describe("configuredModels: providers", () => {
  it("makes the clients of an isolate once", () => {
    const bindings = { ...env, ...keys };
    expect(adaptersOf(bindings).models).toBe(adaptersOf(bindings).models);
  });

  it("has a provider's models when its key is set, and the offline model alone without a key", () => {
    expect(namesOf({})).toEqual(["offline"]);
    expect(namesOf({ OPENAI_API_KEY: "sk-1" })).toContain("gpt-5-mini");
    expect(namesOf({ GEMINI_API_KEY: "gm-1" })).toContain("gemini-2.5-flash");
    expect(namesOf({ GEMINI_API_KEY: "gm-1" })).not.toContain("gpt-5.2");
    expect(namesOf({ WORKERS_AI_API_KEY: "cf-1" })).not.toContain("gemma-4-26b");
    const CLOUDFLARE_ACCOUNT_ID = "account-1";
    expect(namesOf({ ...keys, CLOUDFLARE_ACCOUNT_ID })).toHaveLength(models.length);
  });

  it.each<[string, keyof Env, string, string]>([
    ["gpt-5.2", "OPENAI_BASE_URL", "gpt-5.2", "Bearer sk-1"],
    ["gemini-3.8-flash", "GEMINI_BASE_URL", "gemini-3.8-flash", "Bearer gm-1"],
    ["gemma-4-26b", "WORKERS_AI_BASE_URL", "@cf/google/gemma-4-26b-a4b-it", "Bearer cf-1"],
  ])(
    "calls %s at its provider's address, with the provider's key",
    async (name, setting, model, key) => {
      const call = await requestOf(name, { ...keys, [setting]: inject("modelBaseURL") });
      expect(call).toMatchObject({
        path: "/v1/chat/completions",
        body: { model },
        authorization: key,
      });
      expect(call?.gateway).toBeUndefined();
    },
  );

  it.each([
    ["gpt-5.2", "/v1/openai/chat/completions"],
    ["gemini-3.8-flash", "/v1/google-ai-studio/v1beta/openai/chat/completions"],
    ["gemma-4-26b", "/v1/workers-ai/v1/chat/completions"],
  ])("calls %s through AI Gateway when its URL is set", async (name, path) => {
    const gateway = { AI_GATEWAY_URL: `${inject("modelBaseURL")}/`, AI_GATEWAY_TOKEN: "gw-1" };
    expect(await requestOf(name, { ...keys, ...gateway })).toMatchObject({
      path,
      gateway: "Bearer gw-1",
    });
  });
});

describe("configuredModels: the default", () => {
  it.each<[string, Partial<Env>]>([
    ["offline", {}],
    ["gpt-5.2", { OPENAI_API_KEY: "sk-1" }],
    ["gemini-3.8-flash", { GEMINI_API_KEY: "gm-1" }],
    ["gemma-4-26b", { WORKERS_AI_API_KEY: "cf-1", CLOUDFLARE_ACCOUNT_ID: "account-1" }],
    ["gpt-5.2", { ...keys, CLOUDFLARE_ACCOUNT_ID: "account-1" }],
    ["gpt-5-mini", { ...keys, DEFAULT_MODEL: "gpt-5-mini" }],
  ])("is %s with %j", (name, settings) => {
    const { defaultModel, supported } = configured(settings);
    expect(defaultModel).toBe(name);
    expect(supported[0]?.name).toBe(name);
  });

  it("is a model that nobody retires within 90 days, whatever the day", () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const models = configured(keys);
    for (const day of ["2026-11-28", "2027-01-15", "2028-01-01"]) {
      vi.setSystemTime(Date.parse(day));
      const { retires_on } = models.supported[0] ?? {};
      expect(retires_on).toBeNull();
    }
    vi.useRealTimers();
  });
});

describe("configuredModels: invalid settings", () => {
  it.each<[string, Partial<Env>, string]>([
    [
      "a default that is not configured",
      { DEFAULT_MODEL: "gpt-5.2" },
      "DEFAULT_MODEL names gpt-5.2",
    ],
    [
      "a fallback that is not configured",
      { MODEL_FALLBACK: "offline, gpt-9" },
      "MODEL_FALLBACK names gpt-9",
    ],
    ["a limit that is not a number", { MAX_COST_PER_SCAN_USD: "a lot" }, "has to be dollars"],
    ["a limit of zero", { MAX_COST_PER_SCAN_USD: "0" }, "has to be dollars"],
  ])("throws for %s", (_, settings, message) => {
    expect(() => configured(settings)).toThrow(message);
  });
});
