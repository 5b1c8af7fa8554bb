import { describe, expect, inject, it } from "vitest";
import { openAIProvider } from "../../src/models/openai/openai-model.ts";
import { stageOutputs } from "../support/job-builders.ts";
import { buildModelRow } from "../support/build-model-row.ts";
import { photoAccess } from "../support/photo-access.ts";
import {
  chunkOf,
  eventOf,
  jsonReply,
  scriptReply,
  type ScriptedReply,
  streamReply,
  usage,
  usageChunk,
  visionChunks,
  visionObject,
} from "../support/scripted-replies.ts";

const { model: modelOf } = openAIProvider({
  apiKey: "sk-test",
  baseURL: inject("modelBaseURL"),
  photos: photoAccess(),
});
const model = modelOf(buildModelRow({ name: "gpt-5.2" }));
const { signal } = new AbortController();

async function classify(reply: ScriptedReply) {
  const words = crypto.randomUUID();
  await scriptReply(words, reply);
  return model.classify({ photo: null, words, regulation_version: "v1" }, signal);
}

async function answer(reply: ScriptedReply, onText: (text: string) => void = () => {}) {
  const words = crypto.randomUUID();
  await scriptReply(words, reply);
  const { classification, situation_tags } = stageOutputs.vision;
  const { rule } = stageOutputs.rule;
  if (!rule) throw new Error("The rule is set");
  const input = { photo: null, words, classification, situation_tags, rule };
  return model.answer(input, signal, onText);
}

const text = JSON.stringify(visionObject);
const { classification, situation_tags } = stageOutputs.vision;
const known = { input_tokens: 100, output_tokens: 20 };
const unknown = { input_tokens: 0, output_tokens: 0, usage_unknown: true };
/** A stream with this text, and the usage at its end. */
const streamOf = (content: unknown) =>
  streamReply([chunkOf({ content }), chunkOf({}, { finish_reason: "stop" }), usageChunk]);
const eventStream = { "content-type": "text/event-stream" };
const completion = (message: object, more: object = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: "stop" }],
  usage,
  ...more,
});
const [start, middle, stop] = visionChunks();

describe("the answer of an odd reply", () => {
  it.each<[string, ScriptedReply]>([
    ["has a last chunk without choices", streamReply([start, middle, stop, { usage }])],
    ["has null for choices", streamReply([start, middle, stop, { choices: null, usage }])],
    [
      "has a last choice without a delta",
      streamReply([start, middle, chunkOf(null, { finish_reason: "stop" }), usageChunk]),
    ],
    [
      "has a null delta",
      streamReply([
        start,
        chunkOf({ content: null }),
        chunkOf({}, { delta: null }),
        middle,
        usageChunk,
      ]),
    ],
    ["has content in parts", streamOf([{ type: "text", text: text.slice(0, 9) }, text.slice(9)])],
    [
      "thinks in a field of its own",
      streamReply([
        chunkOf({ reasoning_content: 'Is it {"category":"미분류"}?', content: null }),
        ...visionChunks(),
      ]),
    ],
    [
      "thinks before the object",
      streamReply(visionChunks(`<think>{"category":"미분류"}? No.</think>\n\n${text}`)),
    ],
    [
      "thinks without an opening tag",
      streamReply(visionChunks(`Is {this} a bottle? Yes.</think>${text}`)),
    ],
    ["has a fence", streamReply(visionChunks(`\`\`\`json\n${text}\n\`\`\``))],
    ["has words around it", streamReply(visionChunks(`Here it is:\n${text}\nIs {that} fine?`))],
    [
      "has a BOM",
      { ...streamReply(visionChunks()), parts: ["\uFEFF", ...visionChunks().map(eventOf)] },
    ],
    ["is whole instead of streamed", jsonReply(200, completion({ content: text }))],
    [
      "is whole with a BOM and another content type",
      {
        headers: { "content-type": "text/plain" },
        parts: ["\uFEFF\n", JSON.stringify(completion({ content: text }))],
      },
    ],
    ["is whole in one event", streamReply([completion({ content: text })])],
    [
      "has its whole text once more at the end",
      streamReply([
        ...visionChunks(),
        { choices: [{ index: 0, message: { content: text }, finish_reason: "stop" }] },
      ]),
    ],
    [
      "goes on without end behind it, up to its bound",
      streamReply([
        start,
        middle,
        chunkOf({ content: "\n\n" }, { finish_reason: "length" }),
        usageChunk,
      ]),
    ],
    ["is said to have failed at its end", streamReply(visionChunks(text, "error"))],
    [
      "has an error behind its end",
      streamReply([start, middle, stop, { error: { code: 503, message: "slow" } }, usageChunk]),
    ],
    [
      "has a second choice",
      streamReply([start, chunkOf({ content: "nothing" }, { index: 1 }), middle, stop, usageChunk]),
    ],
    [
      "has events without a space, comments and heartbeats",
      {
        headers: eventStream,
        parts: [
          ": OPENROUTER PROCESSING\n\n",
          "event: ping\ndata: ping\n\n",
          ...visionChunks().map((it) => `data:${JSON.stringify(it)}\n\n`),
        ],
      },
    ],
    [
      "has CRLF, cut anywhere",
      {
        headers: eventStream,
        parts:
          visionChunks()
            .map((it) => `id: 1\r\ndata: ${JSON.stringify(it)}\r\n\r\n`)
            .join("")
            .match(/[^]{1,7}/g) ?? [],
      },
    ],
    ["has no [DONE]", { headers: eventStream, parts: visionChunks().map(eventOf) }],
    [
      "has no empty line at the end",
      { headers: eventStream, parts: [visionChunks().map(eventOf).join("").trimEnd()] },
    ],
    ["has no content type", { headers: {}, parts: visionChunks().map(eventOf) }],
    ["stays open after [DONE]", { ...streamReply(visionChunks()), end: "open" }],
    [
      "stays open after its usage",
      { headers: eventStream, parts: visionChunks().map(eventOf), end: "open" },
    ],
    [
      "breaks after its usage",
      { headers: eventStream, parts: visionChunks().map(eventOf), end: "reset" },
    ],
    ["has an unknown finish reason", streamReply(visionChunks(text, "OTHER"))],
    ["has no finish reason", streamReply([start, middle, usageChunk])],
    ["has a finish reason that is no text", streamReply(visionChunks(text, 7))],
  ])("is taken when it %s", async (_, reply) => {
    expect(await classify(reply)).toEqual({
      classification,
      situation_tags,
      notice: null,
      other_items: [],
      usage: known,
    });
  });

  it.each<[string, unknown, object]>([
    ["missing", undefined, unknown],
    ["null", null, unknown],
    ["empty", {}, unknown],
    ["a text", "120 tokens", unknown],
    ["negative", { prompt_tokens: -1, completion_tokens: 1.5 }, unknown],
    ["the input alone", { prompt_tokens: 100 }, { ...unknown, input_tokens: 100 }],
    ["the output alone", { completion_tokens: 20 }, { ...unknown, output_tokens: 20 }],
    [
      "without the output",
      { prompt_tokens: 100, completion_tokens: null, total_tokens: 120 },
      known,
    ],
    ["without the input", { completion_tokens: 20, total_tokens: 120 }, known],
    ["digits", { prompt_tokens: "100", completion_tokens: "20" }, known],
    [
      "without the thoughts",
      { prompt_tokens: 100, completion_tokens: 5, total_tokens: 120, prompt_tokens_details: null },
      known,
    ],
  ])("is taken when its usage is %s", async (_, usage, expected) => {
    const reply = streamReply([start, middle, stop, { ...usageChunk, usage }]);
    expect(await classify(reply)).toMatchObject({ classification, usage: expected });
  });

  it("counts the highest usage when each chunk reports it", async () => {
    const counting = visionChunks().map((chunk, index) =>
      Object.assign(chunk, {
        usage: {
          prompt_tokens: 100,
          completion_tokens: index * 5 + 5,
          total_tokens: 105 + index * 5,
        },
      }),
    );
    expect(await classify(streamReply(counting))).toMatchObject({ usage: known });
  });

  it.each<[string, object, object]>([
    ["its tags are missing", { situation_tags: undefined }, { situation_tags: [] }],
    ["its tags are null", { situation_tags: null }, { situation_tags: [] }],
    [
      "some tags are unknown",
      { situation_tags: ["내용물_없음", "반짝임", 7, null, "내용물_없음"] },
      { situation_tags: ["내용물_없음"] },
    ],
    [
      "its item is missing",
      { item: undefined },
      { classification: { ...classification, minor_category: null } },
    ],
    [
      "its item is longer than a name",
      { item: "병".repeat(201) },
      { classification: { ...classification, minor_category: null } },
    ],
    [
      "its item is no text",
      { item: { name: "생수병" } },
      { classification: { ...classification, minor_category: null } },
    ],
    ["its other items are missing", { other_items: undefined }, { other_items: [] }],
    ["its other items are no list", { other_items: "음료수 캔" }, { other_items: [] }],
    [
      "its other items are odd, and too many",
      {
        other_items: [
          " 음료수 캔",
          7,
          null,
          "null",
          "",
          "음료수 캔",
          "병".repeat(61),
          "가",
          "나",
          "다",
          "라",
          "마",
        ],
      },
      { other_items: ["음료수 캔", "가", "나", "다", "라"] },
    ],
    ["its category has spaces", { category: " 재활용폐기물 > 무색페트병 " }, { classification }],
    ["it has more fields", { confidence: 0.9 }, { classification, situation_tags }],
  ])("is taken when %s", async (_, changes, expected) => {
    expect(await classify(streamOf(JSON.stringify({ ...visionObject, ...changes })))).toMatchObject(
      {
        ...expected,
        usage: known,
      },
    );
  });
});

describe("the output of a model is invalid", () => {
  it.each<[string, ScriptedReply]>([
    ["it is empty", streamOf("")],
    ["it is not JSON", streamOf("It is a bottle.")],
    ["it is cut off", streamOf(text.slice(0, 20))],
    [
      "its category is unknown",
      streamOf(JSON.stringify({ ...visionObject, category: "우주쓰레기" })),
    ],
    ["its category is missing", streamOf(JSON.stringify({ ...visionObject, category: undefined }))],
    ["it is a list", streamOf('["재활용폐기물>무색페트병"]')],
    ["it has braces alone", streamOf("{".repeat(5_000))],
  ])("when %s, and its tokens are counted", async (_, reply) => {
    await expect(classify(reply)).rejects.toMatchObject({
      name: "TransientError",
      code: "MODEL_OUTPUT_INVALID",
      usage: known,
    });
  });
});

describe("a body that is no stream", () => {
  it.each<[string, ScriptedReply, string]>([
    [
      "HTML",
      {
        headers: { "content-type": "text/html; charset=utf-8" },
        parts: [`<!doctype html><title>Welcome to ${"nginx".repeat(40)}</title>`],
      },
      "text/html; charset=utf-8: <!doctype html><title>Welcome to nginxnginx",
    ],
    ["nothing", { headers: eventStream }, "text/event-stream: nothing"],
    [
      "half a JSON body",
      { headers: { "content-type": "application/json" }, parts: ['{"choices":[{"mess'] },
      'application/json: {"choices":[{"mess',
    ],
  ])("is named in the error when it is %s", async (_, reply, beginning) => {
    const error: unknown = await classify(reply).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: "TransientError",
      code: "MODEL_UNREACHABLE",
      message: expect.stringContaining(beginning),
    });
    expect(String(error).length).toBeLessThan(220);
  });

  it("is an error by its code when it is JSON with an error", async () => {
    const reply = jsonReply(200, { error: { code: 429, message: "slow down" } });
    await expect(classify(reply)).rejects.toMatchObject({ code: "MODEL_RATE_LIMITED" });
  });
});

describe("a reply without an end", () => {
  const endless = (...parts: string[]): ScriptedReply => ({
    headers: eventStream,
    parts,
    end: "endless",
  });
  const content = "가".repeat(400);

  it.each<[string, ScriptedReply, string]>([
    ["text", endless(eventOf(chunkOf({ content }))), "characters"],
    [
      "text of an object",
      endless(eventOf(chunkOf({ content: '{"category":"' })), eventOf(chunkOf({ content }))),
      "characters",
    ],
    [
      "thoughts before the object",
      endless(eventOf(chunkOf({ content: "<think>{" })), eventOf(chunkOf({ content }))),
      "characters",
    ],
    [
      "thoughts in a field of their own",
      endless(eventOf(chunkOf({ reasoning_content: content }))),
      "bytes",
    ],
    ["heartbeats", endless(": still here\n\n".repeat(100)), "bytes"],
    ["one event", endless("data: ", content), "bytes"],
    ["one JSON body", { ...endless('{"choices":[', `"${content}",`), headers: {} }, "bytes"],
    [
      "a page",
      { ...endless("<!doctype html>", content), headers: { "content-type": "text/html" } },
      "bytes",
    ],
  ])("is cut at its bound: %s", async (_, reply, unit) => {
    await expect(classify(reply)).rejects.toMatchObject({
      name: "TransientError",
      code: "MODEL_OUTPUT_TRUNCATED",
      message: expect.stringMatching(`^The reply has more than \\d+ ${unit}`),
    });
  });

  it("is taken when its object is whole before the bound", async () => {
    const reply = endless(eventOf(chunkOf({ content: text })), eventOf(chunkOf({ content })));
    expect(await classify(reply)).toMatchObject({ classification, situation_tags });
  });

  it("is an error by its status, whose body is read at its beginning alone", async () => {
    const reply = { ...endless(JSON.stringify({ error: content })), status: 500 };
    const error: unknown = await classify(reply).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "MODEL_UNAVAILABLE" });
    expect(String(error).length).toBeLessThan(600);
  });

  it("is a refusal of which the beginning is kept", async () => {
    const error: unknown = await classify(endless(eventOf(chunkOf({ refusal: content })))).catch(
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code: "MODEL_REFUSED" });
    expect(String(error).length).toBeLessThan(600);
  });
});

describe("the tokens of a failed attempt", () => {
  it.each<[string, string, ScriptedReply]>([
    [
      "MODEL_UNREACHABLE",
      "the stream breaks after its usage",
      { headers: eventStream, parts: [start, usageChunk].map(eventOf), end: "reset" },
    ],
    [
      "MODEL_UNREACHABLE",
      "the stream ends after its usage",
      { headers: eventStream, parts: [start, usageChunk].map(eventOf) },
    ],
    [
      "MODEL_REFUSED",
      "the model refuses",
      streamReply([chunkOf({ refusal: "I cannot help." }), usageChunk]),
    ],
  ])("are counted for %s when %s", async (code, _, reply) => {
    await expect(classify(reply)).rejects.toMatchObject({ code, usage: known });
  });

  it("are counted when the deadline passes after they came", async () => {
    const words = crypto.randomUUID();
    const parts = [start, usageChunk].map(eventOf);
    await scriptReply(words, { headers: eventStream, parts, end: "open" });
    const input = { photo: null, words, regulation_version: "v1" };
    await expect(model.classify(input, AbortSignal.timeout(500))).rejects.toMatchObject({
      code: "DEADLINE_EXCEEDED",
      usage: known,
    });
  });

  it("are unknown when the stream breaks before its usage", async () => {
    const reply: ScriptedReply = { headers: eventStream, parts: [eventOf(start)], end: "reset" };
    await expect(classify(reply)).rejects.toMatchObject({
      code: "MODEL_UNREACHABLE",
      usage: unknown,
    });
  });
});

describe("an answer", () => {
  const written = {
    user_answer: "라벨을 떼고 배출해요.",
    insufficiencies: [],
    steps: ["비워 주세요.", "모아 주세요."],
  };
  const answerReply = (changes: object) => streamOf(JSON.stringify({ ...written, ...changes }));

  it.each<[string, object, object]>([
    ["insufficiencies are missing", { insufficiencies: undefined }, { insufficiencies: [] }],
    ["insufficiencies are null", { insufficiencies: null }, { insufficiencies: [] }],
    ["texts are blank", { insufficiencies: ["", " "] }, { insufficiencies: [] }],
    [
      "there are more than ten steps",
      { steps: Array.from({ length: 12 }, (_, index) => `${index}`) },
      { steps: Array.from({ length: 10 }, (_, index) => `${index}`) },
    ],
    ["a step is no text", { steps: ["비워 주세요.", null, 7] }, { steps: ["비워 주세요."] }],
  ])("is taken when %s", async (_, changes, expected) => {
    expect(await answer(answerReply(changes))).toEqual({ ...written, ...expected, usage: known });
  });

  it.each<[string, object]>([
    ["its text is missing", { user_answer: undefined }],
    ["its text is blank", { user_answer: " " }],
    ["its steps are missing", { steps: undefined }],
    ["its text is longer than any answer", { user_answer: "가".repeat(20_000) }],
    ["a step is longer than any answer", { steps: ["가".repeat(20_000)] }],
  ])("is invalid when %s", async (_, changes) => {
    await expect(answer(answerReply(changes))).rejects.toMatchObject({
      code: "MODEL_OUTPUT_INVALID",
    });
  });

  it("publishes its text so far when thoughts and a fence come before it", async () => {
    const parts: string[] = [];
    const content = `<think>{"user_answer":"no"}</think>\`\`\`json\n${JSON.stringify(written)}\n\`\`\``;
    const chunks = (content.match(/[^]{1,5}/g) ?? []).map((content) => chunkOf({ content }));
    await answer(streamReply([...chunks, usageChunk]), (part) => parts.push(part));
    expect(parts.at(-1)).toBe(written.user_answer);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect(written.user_answer.startsWith(part)).toBe(true);
  });
});
