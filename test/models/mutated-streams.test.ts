import { afterEach, expect, it, vi } from "vitest";
import { errorRules } from "../../src/models/error-table.ts";
import { openAIProvider } from "../../src/models/openai/openai-model.ts";
import { PermanentError, TransientError } from "../../src/pipeline/errors.ts";
import { buildModelRow } from "../support/build-model-row.ts";
import { photoAccess } from "../support/photo-access.ts";
import { chunkOf, eventOf, usage, visionChunks } from "../support/scripted-replies.ts";

const { model: modelOf } = openAIProvider({
  apiKey: "sk-test",
  baseURL: "https://model.example.com/v1",
  photos: photoAccess(),
});
const model = modelOf(buildModelRow({ name: "gpt-5.2" }));
const input = { photo: null, words: "생수병", regulation_version: "v1" };

afterEach(() => void vi.restoreAllMocks());

/** Numbers from 0 to 1, always the same (mulberry32). */
function seeded(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}
type Random = ReturnType<typeof seeded>;
const below = (random: Random, limit: number) => Math.floor(random() * limit);
const oneOf = <Item>(random: Random, items: readonly Item[]): Item | undefined =>
  items[below(random, items.length)];

const goodStreams = [
  visionChunks(),
  visionChunks().map((chunk) => Object.assign(chunk, { usage })),
  [chunkOf({ content: "<think>음…</think>" }), ...visionChunks()],
  visionChunks(`\`\`\`json\n${JSON.stringify({ category: "미분류", item: "강아지" })}\n\`\`\``),
];
const odd = [
  null,
  [],
  {},
  "",
  "odd",
  0,
  -1,
  1.5,
  true,
  [null],
  { error: null },
  "length",
  "SAFETY",
];

const isRecord = (value: object): value is Record<string, unknown> => !Array.isArray(value);

/** Every object in a value, itself included. */
function objectsIn(value: unknown): Record<string, unknown>[] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.values(value).flatMap(objectsIn);
  return isRecord(value) ? [value, ...inner] : inner;
}

type Chunks = unknown[];
const mutations: readonly ((chunks: Chunks, random: Random) => void)[] = [
  (chunks, random) => void chunks.splice(below(random, chunks.length), 1),
  (chunks, random) => void chunks.splice(below(random, chunks.length), 0, oneOf(random, chunks)),
  (chunks, random) => void chunks.splice(below(random, chunks.length), 0, oneOf(random, odd)),
  (chunks, random) => {
    const [moved] = chunks.splice(below(random, chunks.length), 1);
    chunks.splice(below(random, chunks.length + 1), 0, moved);
  },
  // Changes, removes or adds a field.
  (chunks, random) => {
    const object = oneOf(random, objectsIn(chunks));
    const key = oneOf(random, [...Object.keys(object ?? {}), "extra", "error", "x_groq"]);
    if (!object || key === undefined) return;
    if (random() < 0.3) delete object[key];
    else object[key] = oneOf(random, odd);
  },
];

/** The bytes of a stream, cut into parts anywhere; it may end too early. */
function bytesOf(chunks: Chunks, random: Random): { parts: Uint8Array[]; text: string } {
  const newline = oneOf(random, ["\n", "\r\n"]) ?? "\n";
  const whole = [...chunks, ...(random() < 0.8 ? ["[DONE]"] : [])]
    .map((it) => eventOf(it).replaceAll("\n", newline))
    .join("");
  const bytes = new TextEncoder().encode(whole);
  const end = random() < 0.1 ? below(random, bytes.length) : bytes.length;
  const cuts = Array.from({ length: below(random, 12) }, () => below(random, end)).toSorted(
    (a, b) => a - b,
  );
  const parts = [0, ...cuts].map((cut, index) => bytes.subarray(cut, cuts[index] ?? end));
  return { parts, text: new TextDecoder().decode(bytes.subarray(0, end)) };
}

function responseOf(parts: readonly Uint8Array[], breaks: boolean): Response {
  const pending = [...parts];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = pending.shift();
      if (part) controller.enqueue(part);
      else if (breaks) controller.error(new Error("Network connection lost."));
      else controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

it("gives an answer or a named error for 2,000 mutated streams, and loses no usage", async () => {
  const outcomes = new Map<string, number>();
  let intact = 0;
  for (let seed = 0; seed < 2_000; seed++) {
    const random = seeded(seed);
    const chunks: Chunks = structuredClone(oneOf(random, goodStreams) ?? []);
    for (let count = below(random, 4); count >= 0; count--)
      oneOf(random, mutations)?.(chunks, random);
    const { parts, text } = bytesOf(chunks, random);
    const breaks = random() < 0.1;
    vi.spyOn(globalThis, "fetch").mockResolvedValueOnce(responseOf(parts, breaks));

    const settled = await model
      .classify(input, AbortSignal.timeout(5_000))
      .catch((it: unknown) => it);

    const isError = settled instanceof PermanentError || settled instanceof TransientError;
    if (settled instanceof Error && !isError) throw settled;
    const code = isError ? settled.code : "answer";
    outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
    expect(["answer", ...Object.keys(errorRules)], `seed ${seed}`).toContain(code);
    expect(code, `seed ${seed}`).not.toBe("DEADLINE_EXCEEDED");
    if (text.includes(`"usage":${JSON.stringify(usage)}}`)) {
      intact += 1;
      expect(settled, `seed ${seed}`).toMatchObject({
        usage: { input_tokens: 100, output_tokens: 20 },
      });
    }
  }
  expect(intact).toBeGreaterThan(1_000);
  expect(outcomes.get("answer")).toBeGreaterThan(300);
  expect(outcomes.size).toBeGreaterThan(4);
});
