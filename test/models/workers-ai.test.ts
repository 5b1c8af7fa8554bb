import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { adaptersOf } from "../../src/adapters.ts";
import type { Photo } from "../../src/pipeline/request.ts";
import { imagesWith } from "../support/images-with.ts";
import { stageOutputs } from "../support/job-builders.ts";
import { photos } from "../support/photos.ts";

type Run = (model: string, inputs: Record<string, unknown>, options?: AiOptions) => unknown;

const reply = {
  category: "재활용폐기물>무색페트병",
  item: "생수병",
  situation_tags: ["내용물_없음"],
};
const text = JSON.stringify(reply);
const usage = { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 };
const seen = {
  classification: stageOutputs.vision.classification,
  situation_tags: ["내용물_없음"],
};
const completion = (message: object) => ({
  choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: "stop" }],
  usage,
});

/** The model of a deployment that has the binding and no key. */
function buildModel(run: Run, settings: Partial<Env> = {}) {
  const double = vi.fn<Run>(run);
  // The binding has more methods than the one that is called.
  const AI = Object.assign(Object.create(null), { run: double });
  const { models } = adaptersOf({ ...env, ...settings, AI });
  const model = models.model(models.defaultModel);
  const input = {
    photo: null,
    words: crypto.randomUUID(),
    regulation_version: "v1",
    spent_usd: 0,
    reuse: false,
  };
  const { signal } = new AbortController();
  return {
    run: double,
    models,
    classify: (photo: Photo | null = null) => model.classify({ ...input, photo }, signal),
    model,
  };
}

describe("Workers AI by its binding", () => {
  it("is the default where no key is set", () => {
    expect(buildModel(() => null).models.defaultModel).toBe("gemma-4-26b");
  });

  it.each([
    [200, "MODEL_OUTPUT_TRUNCATED"],
    [500, "MODEL_UNAVAILABLE"],
  ])("is read to its bound when its reply of %i has no end", async (status, code) => {
    const part = new TextEncoder().encode("가".repeat(10_000));
    const endless = new ReadableStream<Uint8Array>({ pull: (it) => it.enqueue(part) });
    const { classify } = buildModel(() => new Response(endless, { status }));
    await expect(classify()).rejects.toMatchObject({ code });
  });

  it("is asked without stream, for a bounded reply that follows the schema", async () => {
    const { run, classify } = buildModel(() => completion({ content: text }));
    expect(await classify()).toMatchObject({
      ...seen,
      calls: [{ model: "gemma-4-26b", input_tokens: 100, output_tokens: 20, error: null }],
    });
    const [model, inputs, options] = run.mock.calls[0] ?? [];
    expect(model).toBe("@cf/google/gemma-4-26b-a4b-it");
    expect(inputs).toMatchObject({
      max_completion_tokens: 16_384,
      chat_template_kwargs: { enable_thinking: false },
      response_format: { type: "json_schema", json_schema: { name: "vision", strict: true } },
      messages: [{ role: "system" }, { role: "user" }],
    });
    expect(inputs).not.toHaveProperty("stream");
    expect(inputs).not.toHaveProperty("model");
    expect(options).toMatchObject({ returnRawResponse: true, signal: expect.any(AbortSignal) });
    expect(options).not.toHaveProperty("gateway");
  });

  it("goes through the AI Gateway that is set", async () => {
    const { run, classify } = buildModel(() => completion({ content: text }), {
      AI_GATEWAY_ID: "eco2",
    });
    await classify();
    expect(run.mock.calls[0]?.[2]).toMatchObject({ gateway: { id: "eco2" } });
  });

  it("gets the photo inline", async () => {
    const { run, classify } = buildModel(
      () => completion({ content: text }),
      imagesWith(photos.png),
    );
    await classify({ kind: "stored", key: "scan/1", type: "image/png", sha256: "00" });
    expect(JSON.stringify(run.mock.calls[0]?.[1])).toContain('"url":"data:image/png;base64,');
  });

  it("writes an answer", async () => {
    const answer = { user_answer: "비워요.", insufficiencies: [], steps: ["비워 주세요."] };
    const { model } = buildModel(() => ({ response: answer, usage }));
    const { classification, situation_tags } = stageOutputs.vision;
    const { rule } = stageOutputs.rule;
    if (!rule) throw new Error("The rule is set");
    const input = { photo: null, words: "병", classification, situation_tags, rule, spent_usd: 0 };
    const texts: string[] = [];
    const written = await model.answer(input, new AbortController().signal, (it) => texts.push(it));
    expect(written).toMatchObject(answer);
    expect(texts.at(-1)).toBe("비워요.");
  });

  it("is left out where its REST key is set", async () => {
    const { run, models } = buildModel(() => null, {
      WORKERS_AI_API_KEY: "cf-1",
      WORKERS_AI_BASE_URL: "http://127.0.0.1:9",
    });
    const input = {
      photo: null,
      words: "병",
      regulation_version: "v1",
      spent_usd: 0,
      reuse: false,
    };
    const call = models.model("gemma-4-26b").classify(input, new AbortController().signal);
    await expect(call).rejects.toMatchObject({ code: "MODEL_UNREACHABLE" });
    expect(run).not.toHaveBeenCalled();
  });
});

describe("replies of run()", () => {
  const stream = (body: string) => new Blob([body]).stream();

  it.each<[string, () => unknown]>([
    ["a response of Chat Completions", () => Response.json(completion({ content: text }))],
    ["a response with a string", () => Response.json({ response: text, usage })],
    [
      "a response in the envelope of REST",
      () => Response.json({ success: true, result: { response: reply } }),
    ],
    ["an object with a string", () => ({ response: text })],
    ["an object with an object", () => ({ response: reply, usage })],
    ["a fenced string", () => ({ response: `\`\`\`json\n${text}\n\`\`\`` })],
    ["a string alone", () => text],
    ["the object itself", () => reply],
    ["choices with an object", () => completion({ content: reply })],
    ["choices with parts", () => completion({ content: [{ type: "text", text }] })],
    [
      "choices with a tool call",
      () =>
        completion({
          content: null,
          tool_calls: [{ function: { name: "vision", arguments: text } }],
        }),
    ],
    ["a tool call", () => ({ response: null, tool_calls: [{ name: "vision", arguments: reply }] })],
    ["a stream with JSON", () => stream(JSON.stringify(completion({ content: text })))],
    [
      "a stream of events",
      () =>
        stream(
          `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: text } }] })}\n\ndata: [DONE]\n\n`,
        ),
    ],
  ])("are read from %s", async (_, run) => {
    expect(await buildModel(run).classify()).toMatchObject(seen);
  });

  it.each<[string, unknown, string]>([
    ["nothing", null, "MODEL_OUTPUT_INVALID"],
    ["an empty string", { response: "" }, "MODEL_OUTPUT_INVALID"],
    ["no choices", { choices: [] }, "MODEL_OUTPUT_INVALID"],
    [
      "a page",
      new Response("<html>", { headers: { "content-type": "text/html" } }),
      "MODEL_OUTPUT_INVALID",
    ],
    [
      "an unknown category",
      { response: { ...reply, category: "우주쓰레기" } },
      "MODEL_OUTPUT_INVALID",
    ],
    [
      "a cut reply",
      { choices: [{ index: 0, message: { content: "{" }, finish_reason: "length" }] },
      "MODEL_OUTPUT_TRUNCATED",
    ],
  ])("are refused when there is %s", async (_, output, code) => {
    await expect(buildModel(() => output).classify()).rejects.toMatchObject({ code });
  });
});

describe("errors of run()", () => {
  const thrown = (message: string) => () => {
    throw Object.assign(new Error(message), { name: "InferenceUpstreamError" });
  };

  it.each<[string, Run, string]>([
    ["3040", thrown("3040: Capacity temporarily exceeded, please try again."), "MODEL_UNAVAILABLE"],
    ["3036", thrown("3036: You have used up your daily free allocation"), "MODEL_QUOTA_EXHAUSTED"],
    [
      "4006",
      thrown("AiError: 4006: you have used up your daily free allocation"),
      "MODEL_QUOTA_EXHAUSTED",
    ],
    ["5007", thrown("5007: No such model @cf/x or task"), "MODEL_NOT_FOUND"],
    ["5035", thrown("5035: This model requires the Workers Paid plan"), "MODEL_UNAUTHORIZED"],
    ["3006", thrown("3006: Request is too large"), "MODEL_UNSUPPORTED_INPUT"],
    ["an unmet JSON mode", thrown("5024: JSON Mode couldn't be met"), "MODEL_OUTPUT_INVALID"],
    ["another error", thrown("something went wrong"), "MODEL_UNAVAILABLE"],
    [
      "a raw response",
      () =>
        Response.json(
          { internalCode: 3040, name: "AiError", description: "Out of capacity" },
          { status: 429 },
        ),
      "MODEL_UNAVAILABLE",
    ],
    [
      "a gateway's response",
      () =>
        Response.json(
          { success: false, errors: [{ code: 2003, message: "Rate limited" }] },
          { status: 429 },
        ),
      "MODEL_RATE_LIMITED",
    ],
    [
      "a network that is down",
      () => Promise.reject(new TypeError("fetch failed")),
      "MODEL_UNREACHABLE",
    ],
  ])("%s", async (_, run, code) => {
    await expect(buildModel(run).classify()).rejects.toMatchObject({ code });
  });

  it("keep the wait that the provider asks for", async () => {
    const run = () => new Response("3040: busy", { status: 429, headers: { "retry-after": "12" } });
    await expect(buildModel(run).classify()).rejects.toMatchObject({ retryAfterMs: 12_000 });
  });

  it("end with the attempt, whose signal run() gets", async () => {
    const { models } = buildModel(async (_model, _inputs, options) => {
      await scheduler.wait(10_000, options?.signal ? { signal: options.signal } : {});
    });
    const input = {
      photo: null,
      words: "병",
      regulation_version: "v1",
      spent_usd: 0,
      reuse: false,
    };
    const call = models.model("gemma-4-26b").classify(input, AbortSignal.timeout(50));
    await expect(call).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
  });
});
