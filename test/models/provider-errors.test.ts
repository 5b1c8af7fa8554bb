import { describe, expect, inject, it } from "vitest";
import { alertCodes, errorRule } from "../../src/models/error-table.ts";
import { openAIProvider } from "../../src/models/openai/openai-model.ts";
import { buildModelRow } from "../support/build-model-row.ts";
import { photoAccess } from "../support/photo-access.ts";
import {
  chunkOf,
  eventOf,
  jsonReply,
  scriptReply,
  type ScriptedReply,
  streamReply,
  usageChunk,
  visionChunks,
} from "../support/scripted-replies.ts";

const { model: modelOf } = openAIProvider({
  apiKey: "sk-test",
  baseURL: inject("modelBaseURL"),
  photos: photoAccess(),
});
const model = modelOf(buildModelRow({ name: "gpt-5.2" }));
const { signal } = new AbortController();

/** The error that a reply becomes. */
async function errorOf(reply: ScriptedReply): Promise<unknown> {
  const words = crypto.randomUUID();
  await scriptReply(words, reply);
  return model.classify({ photo: null, words, regulation_version: "v1" }, signal).then(
    () => Promise.reject(new Error("The reply is an answer")),
    (error: unknown) => error,
  );
}

const openAI = (code: string | null, message = "scripted", type = "invalid_request_error") => ({
  error: { message, type, param: null, code },
});
const gemini = (code: number, status: string, message: string, details: unknown[] = []) => [
  { error: { code, message, status, details } },
];
const workersAI = (code: number, message: string) => ({
  errors: [{ code, message }],
  success: false,
  result: {},
  messages: [],
});
const quotaFailure = (quotaId: string) => ({
  "@type": "type.googleapis.com/google.rpc.QuotaFailure",
  violations: [{ quotaMetric: "generate_content_free_tier_requests", quotaId }],
});
const retryInfo = (retryDelay: string) => ({
  "@type": "type.googleapis.com/google.rpc.RetryInfo",
  retryDelay,
});
const invalidKey = {
  "@type": "type.googleapis.com/google.rpc.ErrorInfo",
  reason: "API_KEY_INVALID",
};
const azureFilter = {
  error: {
    message: "The response was filtered due to the prompt.",
    type: null,
    param: "prompt",
    code: "content_filter",
    status: 400,
    innererror: {
      code: "ResponsibleAIPolicyViolation",
      content_filter_result: { hate: { filtered: true, severity: "high" } },
    },
  },
};

describe("an error reply", () => {
  it.each<[code: string, from: string, ScriptedReply]>([
    ["MODEL_REQUEST_REJECTED", "400", jsonReply(400, openAI(null))],
    ["MODEL_REQUEST_REJECTED", "422", jsonReply(422, { detail: [{ msg: "odd", type: "value" }] })],
    ["MODEL_REQUEST_REJECTED", "405 of Workers AI", jsonReply(405, workersAI(5005, "No LoRa"))],
    ["MODEL_REQUEST_REJECTED", "5004 of Workers AI", jsonReply(400, workersAI(5004, "base64"))],
    ["MODEL_REFUSED", "400 content_filter", jsonReply(400, openAI("content_filter"))],
    ["MODEL_REFUSED", "Azure's content filter", jsonReply(400, azureFilter)],
    [
      "MODEL_REFUSED",
      "OpenAI's image policy",
      jsonReply(400, openAI("image_content_policy_violation")),
    ],
    [
      "MODEL_REFUSED",
      "AI Gateway's guardrails",
      jsonReply(424, { success: false, error: [{ code: 2016, message: "Prompt blocked" }] }),
    ],
    [
      "MODEL_PHOTO_UNREACHABLE",
      "a download that timed out",
      jsonReply(400, openAI("invalid_image_url", "Timeout while downloading https://a.b/1.jpg.")),
    ],
    [
      "MODEL_PHOTO_UNREACHABLE",
      "a download that failed",
      jsonReply(400, openAI("invalid_value", "Error while downloading https://a.b/1.jpg.")),
    ],
    ["MODEL_UNAUTHORIZED", "401", jsonReply(401, openAI("invalid_api_key"))],
    ["MODEL_UNAUTHORIZED", "403", jsonReply(403, openAI("unsupported_country_region_territory"))],
    [
      "MODEL_UNAUTHORIZED",
      "Gemini's 400 for a wrong key",
      jsonReply(400, gemini(400, "INVALID_ARGUMENT", "Please pass a valid one.", [invalidKey])),
    ],
    [
      "MODEL_UNAUTHORIZED",
      "Gemini's 400 by its message alone",
      jsonReply(400, gemini(400, "INVALID_ARGUMENT", "API key not valid. Please pass another.")),
    ],
    ["MODEL_BILLING_REQUIRED", "402", jsonReply(402, openAI(null, "Insufficient Balance"))],
    ["MODEL_BILLING_REQUIRED", "billing_not_active", jsonReply(429, openAI("billing_not_active"))],
    [
      "MODEL_BILLING_REQUIRED",
      "billing_hard_limit_reached",
      jsonReply(400, openAI("billing_hard_limit_reached")),
    ],
    [
      "MODEL_BILLING_REQUIRED",
      "Gemini without billing",
      jsonReply(400, gemini(400, "FAILED_PRECONDITION", "Please enable billing on your project.")),
    ],
    ["MODEL_NOT_FOUND", "404", jsonReply(404, openAI(null))],
    ["MODEL_NOT_FOUND", "404 without a body", { status: 404 }],
    ["MODEL_NOT_FOUND", "400 model_not_found", jsonReply(400, openAI("model_not_found"))],
    ["MODEL_NOT_FOUND", "403 model_not_found", jsonReply(403, openAI("model_not_found"))],
    [
      "MODEL_NOT_FOUND",
      "400 by its message alone",
      jsonReply(400, openAI(null, "The model `gpt-4` does not exist.")),
    ],
    [
      "MODEL_NOT_FOUND",
      "Gemini's 404",
      jsonReply(404, gemini(404, "NOT_FOUND", "models/x is not")),
    ],
    ["MODEL_NOT_FOUND", "5007 of Workers AI", jsonReply(400, workersAI(5007, "No such model"))],
    ["MODEL_NOT_FOUND", "5018 of Workers AI", jsonReply(403, workersAI(5018, "not allowed"))],
    ["MODEL_UNSUPPORTED_INPUT", "413", jsonReply(413, openAI(null))],
    ["MODEL_UNSUPPORTED_INPUT", "415", jsonReply(415, openAI(null))],
    ["MODEL_UNSUPPORTED_INPUT", "a long input", jsonReply(400, openAI("context_length_exceeded"))],
    ["MODEL_UNSUPPORTED_INPUT", "a long string", jsonReply(400, openAI("string_above_max_length"))],
    ...[
      "unsupported_image",
      "invalid_image_format",
      "unsupported_image_media_type",
      "image_parse_error",
      "invalid_image_url",
    ].map((code): [string, string, ScriptedReply] => [
      "MODEL_UNSUPPORTED_INPUT",
      code,
      jsonReply(400, openAI(code)),
    ]),
    [
      "MODEL_UNSUPPORTED_INPUT",
      "Gemini's unsupported photo",
      jsonReply(400, gemini(400, "INVALID_ARGUMENT", "Unsupported MIME type: image/heic")),
    ],
    [
      "MODEL_QUOTA_EXHAUSTED",
      "429 insufficient_quota",
      jsonReply(429, openAI("insufficient_quota", "You exceeded your quota", "insufficient_quota")),
    ],
    [
      "MODEL_QUOTA_EXHAUSTED",
      "403 insufficient_quota",
      jsonReply(403, openAI("insufficient_quota")),
    ],
    [
      "MODEL_QUOTA_EXHAUSTED",
      "Gemini's quota per day",
      jsonReply(
        429,
        gemini(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota", [
          quotaFailure("GenerateRequestsPerDayPerProjectPerModel-FreeTier"),
        ]),
      ),
    ],
    ["MODEL_QUOTA_EXHAUSTED", "3036 of Workers AI", jsonReply(429, workersAI(3036, "used up"))],
    [
      "MODEL_QUOTA_EXHAUSTED",
      "4006 of Workers AI, in its message",
      jsonReply(429, { error: { code: "internal_error", message: "AiError: 4006: used up" } }),
    ],
    ["MODEL_RATE_LIMITED", "429", jsonReply(429, openAI("rate_limit_exceeded", "Slow", "tokens"))],
    [
      "MODEL_RATE_LIMITED",
      "Gemini's quota per minute",
      jsonReply(
        429,
        gemini(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota", [
          quotaFailure("GenerateRequestsPerMinutePerProjectPerModel"),
        ]),
      ),
    ],
    ["MODEL_UNAVAILABLE", "3040 of Workers AI", jsonReply(429, workersAI(3040, "Out of capacity"))],
    ...[408, 409, 425, 500, 502, 503, 504, 529].map((status): [string, string, ScriptedReply] => [
      "MODEL_UNAVAILABLE",
      String(status),
      jsonReply(status, "<html>Bad gateway</html>", { "content-type": "text/html" }),
    ]),
    [
      "MODEL_OUTPUT_INVALID",
      "JSON mode of Workers AI",
      jsonReply(400, workersAI(5025, "JSON Mode couldn't be met")),
    ],
    [
      "MODEL_UNAVAILABLE",
      "an error wrapped in a message",
      jsonReply(503, { error: { message: JSON.stringify(openAI("server_error")), code: 503 } }),
    ],
  ])("is %s for %s", async (code, _, reply) => {
    const { kind } = errorRule(code);
    expect(await errorOf(reply)).toMatchObject({
      name: kind === "permanent" ? "PermanentError" : "TransientError",
      code,
      usage: undefined,
    });
  });

  it("has the provider's status and message", async () => {
    const reply = jsonReply(400, workersAI(5004, "Invalid data type"));
    expect(await errorOf(reply)).toMatchObject({ message: "400 Invalid data type" });
  });
});

describe("an error in a stream", () => {
  const inStream = (error: unknown): ScriptedReply =>
    streamReply([...visionChunks().slice(0, 1), usageChunk, error]);

  it.each<[code: string, from: string, ScriptedReply]>([
    ["MODEL_UNAVAILABLE", "a number", inStream({ error: { code: 503, message: "overloaded" } })],
    ["MODEL_UNAVAILABLE", "digits", inStream({ error: { code: "502", message: "bad gateway" } })],
    ["MODEL_REQUEST_REJECTED", "400", inStream({ error: { code: 400, message: "bad" } })],
    ["MODEL_RATE_LIMITED", "429", inStream({ error: { code: 429, message: "slow down" } })],
    ["MODEL_RATE_LIMITED", "a word", inStream(openAI("rate_limit_exceeded"))],
    ["MODEL_UNAVAILABLE", "server_error", inStream(openAI(null, "The server", "server_error"))],
    ["MODEL_UNAVAILABLE", "overloaded_error", inStream({ error: { type: "overloaded_error" } })],
    ["MODEL_REFUSED", "content_filter", inStream(openAI("content_filter"))],
    ["MODEL_UNAVAILABLE", "an array", inStream(gemini(503, "UNAVAILABLE", "overloaded"))],
    ["MODEL_QUOTA_EXHAUSTED", "4006 of Workers AI", inStream(workersAI(4006, "used up"))],
    ["MODEL_UNAVAILABLE", "a text", inStream({ error: "something broke" })],
    ["MODEL_UNAVAILABLE", "an unknown code", inStream({ error: { code: "oops" } })],
    [
      "MODEL_UNAUTHORIZED",
      "an event of the type error",
      {
        headers: { "content-type": "text/event-stream" },
        parts: [eventOf(usageChunk), `event: error\n${eventOf({ code: 401, message: "no" })}`],
      },
    ],
  ])("is %s by %s, with the usage that came before it", async (code, _, reply) => {
    const usage = { input_tokens: 100, output_tokens: 20 };
    expect(await errorOf(reply)).toMatchObject({ code, usage });
  });
});

it("is a refusal of a whole answer, which is not taken then", async () => {
  const reply = streamReply([...visionChunks(), { error: { code: "content_filter" } }]);
  expect(await errorOf(reply)).toMatchObject({ code: "MODEL_REFUSED" });
});

describe("a finish reason", () => {
  it.each([
    ...[
      "content_filter",
      "SAFETY",
      "PROHIBITED_CONTENT",
      "RECITATION",
      "BLOCKLIST",
      "SPII",
      "IMAGE_SAFETY",
      "content_filter: PROHIBITED_CONTENT",
    ].map((finish) => ["MODEL_REFUSED", finish, undefined] as const),
    ...["length", "MAX_TOKENS"].map(
      (finish) => ["MODEL_OUTPUT_TRUNCATED", finish, '{"category":'] as const,
    ),
    ["MODEL_UNAVAILABLE", "error", '{"category":'] as const,
  ])("is %s for %s, of a whole text when it is a refusal", async (code, finish, text) => {
    expect(await errorOf(streamReply(visionChunks(text, finish)))).toMatchObject({
      code,
      usage: { input_tokens: 100, output_tokens: 20 },
    });
  });

  it.each(["malformed_function_call", "MALFORMED_RESPONSE", "OTHER", "brand_new"])(
    "decides nothing when it is %s: without an answer the output is invalid",
    async (finish) => {
      const reply = streamReply(visionChunks('{"category":', finish));
      expect(await errorOf(reply)).toMatchObject({ code: "MODEL_OUTPUT_INVALID" });
    },
  );
});

describe("the wait that a provider asks for", () => {
  const inMessage = (wait: string) =>
    jsonReply(429, openAI("rate_limit_exceeded", `Rate limit. Please try again in ${wait}.`));
  const inDetails = (delay: string) =>
    jsonReply(429, gemini(429, "RESOURCE_EXHAUSTED", "Slow down", [retryInfo(delay)]));
  const inHeader = (name: string, value: string) => jsonReply(429, openAI(null), { [name]: value });
  const hours = 3_600_000;

  it.each<[string, number | undefined, ScriptedReply]>([
    ["seconds", 7_000, inHeader("retry-after", "7")],
    ["decimals", 12_500, inHeader("retry-after", "12.5")],
    ["no wait", 0, inHeader("retry-after", "0")],
    ["a day, cut to 12 hours", 12 * hours, inHeader("retry-after", "86400")],
    ["a negative number", undefined, inHeader("retry-after", "-5")],
    ["nonsense", undefined, inHeader("retry-after", "soon")],
    ["a date that is past", 0, inHeader("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")],
    ["milliseconds", 350, inHeader("retry-after-ms", "350")],
    ["Gemini's RetryInfo", 45_000, inDetails("45s")],
    ["half a second in RetryInfo", 500, inDetails("0.5s")],
    ["digits after the point in RetryInfo", 1_200, inDetails("1.200s")],
    ["a message with minutes", 72_500, inMessage("1m12.5s")],
    ["a message with seconds", 20_000, inMessage("20s")],
    [
      "the end of a long message",
      45_579,
      jsonReply(429, openAI(null, `${"Quota exceeded. ".repeat(60)}Please retry in 45.579s.`)),
    ],
    ["a message with milliseconds", 350, inMessage("350ms")],
    [
      "Azure's message",
      34_000,
      jsonReply(429, openAI(null, "Please retry after 34 seconds. Contact Azure support.")),
    ],
    [
      "the longest of several",
      45_000,
      { ...inDetails("45s"), headers: { "retry-after": "1", "retry-after-ms": "900" } },
    ],
    ["503", 3_000, jsonReply(503, openAI(null), { "retry-after": "3" })],
    ["none", undefined, jsonReply(429, openAI(null))],
    [
      "RetryInfo in a stream",
      2_000,
      streamReply([chunkOf({ content: "{" }), ...gemini(429, "X", "slow", [retryInfo("2s")])]),
    ],
  ])("is read from %s", async (_, retryAfterMs, reply) => {
    expect(await errorOf(reply)).toMatchObject({ retryAfterMs });
  });

  it("is read from a date in the future", async () => {
    const at = new Date(Date.now() + 60_000).toUTCString();
    const error = await errorOf(inHeader("retry-after", at));
    expect(error).toMatchObject({ retryAfterMs: expect.any(Number) });
    const { retryAfterMs } = Object.assign({ retryAfterMs: 0 }, error);
    expect(retryAfterMs).toBeGreaterThan(50_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
  });
});

describe("the rules of the codes", () => {
  it("raise an alert where an operator has to act", () => {
    expect(alertCodes).toEqual([
      "MODEL_UNAUTHORIZED",
      "MODEL_BILLING_REQUIRED",
      "MODEL_NOT_FOUND",
      "MODEL_UNSUPPORTED_INPUT",
      "MODEL_QUOTA_EXHAUSTED",
    ]);
  });

  it("neither fall back nor alert for a refusal", () => {
    expect(errorRule("MODEL_REFUSED")).toEqual({ kind: "permanent" });
  });

  it("count an unknown transient error for the breaker, and do not fall back", () => {
    expect(errorRule("INTERNAL")).toEqual({ kind: "transient", countsForBreaker: true });
  });
});
