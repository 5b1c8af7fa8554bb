import { type Schema, Validator } from "@cfworker/json-schema";
import { describe, expect, inject, it } from "vitest";
import { z } from "zod";
import { documentOf } from "../../src/api/openapi/openapi-document.ts";
import { openAIProvider } from "../../src/models/openai/openai-model.ts";
import type { PhotoStore } from "../../src/models/photo-source.ts";
import type { Photo } from "../../src/pipeline/request.ts";
import published from "../fixtures/openai-chat-completions.schema.json" with { type: "json" };
import { modelCalls } from "../support/model-calls.ts";
import { buildModelRow } from "../support/build-model-row.ts";
import { photoAccess } from "../support/photo-access.ts";
import { stageOutputs } from "../support/job-builders.ts";

const images: PhotoStore = {
  sizeOf: () => Promise.resolve(30_000),
  get: () => Promise.resolve(crypto.getRandomValues(new Uint8Array(30_000))),
};
// What the document of the API calls its schemas is not to be in what a model is sent.
documentOf();
const provider = openAIProvider({
  apiKey: "sk-test",
  baseURL: inject("modelBaseURL"),
  photos: photoAccess(images),
});
const model = provider.model(buildModelRow({ name: "gpt-5.2" }));
const { signal } = new AbortController();

const photos: [string, Photo | null][] = [
  ["words alone", null],
  [
    "a photo by URL",
    { kind: "url", url: "https://i.example.com/%EC%82%AC%EC%A7%84%201.jpg?w=1&h=2" },
  ],
  ["an inline photo", { kind: "stored", key: "scan/1", type: "image/webp", sha256: "00" }],
];

/** The request body of a classification or an answer. */
async function sent(kind: "vision" | "answer", photo: Photo | null) {
  const words = `생수병 {${crypto.randomUUID()}}`;
  if (kind === "vision") {
    await model.classify({ photo, words, regulation_version: "v1" }, signal);
  } else {
    const { classification, situation_tags } = stageOutputs.vision;
    const { rule } = stageOutputs.rule;
    if (!rule) throw new Error("The rule is set");
    await model.answer({ photo, words, classification, situation_tags, rule }, signal, () => {});
  }
  const [call] = await modelCalls(words);
  return Request.parse(call?.body);
}

const Request = z.looseObject({
  messages: z.array(z.looseObject({ role: z.string(), content: z.unknown() })),
  response_format: z.looseObject({
    json_schema: z.looseObject({ strict: z.literal(true), schema: z.json() }),
  }),
});

/** OpenAI's published schema, closed at the top: it refuses fields that OpenAI does not know. */
const closed = { ...published, unevaluatedProperties: false } as Schema;
const validator = new Validator(closed, "2020-12", false);
const faultsOf = (body: unknown) =>
  validator
    .validate(body)
    .errors.map(({ instanceLocation, error }) => `${instanceLocation} ${error}`);

describe.each(["vision", "answer"] as const)("a request for %s", (kind) => {
  it.each(photos)("matches OpenAI's published schema with %s", async (_, photo) => {
    expect(faultsOf(await sent(kind, photo))).toEqual([]);
  });

  it("has a response schema that strict mode accepts", async () => {
    const { response_format } = await sent(kind, null);
    expect(strictFaults(response_format.json_schema.schema)).toEqual([]);
    expect(response_format.json_schema["name"]).toMatch(/^[\w-]{1,64}$/);
  });
});

it("sends the photo to classify, and not again to answer", async () => {
  const photo: Photo = { kind: "url", url: "https://i.example.com/1.jpg" };
  const textOf = async (kind: "vision" | "answer") => JSON.stringify(await sent(kind, photo));
  expect(await textOf("vision")).toContain('"detail":"low"');
  expect(await textOf("answer")).not.toContain("image_url");
});

describe("the published schema", () => {
  const user = (part: object) => ({ messages: [{ role: "user", content: [part] }] });

  it.each<[string, object]>([
    ["no message", { messages: [] }],
    ["an unknown role", { messages: [{ role: "resident", content: "생수병" }] }],
    [
      "an unknown detail",
      user({ type: "image_url", image_url: { url: "https://a.b", detail: "tiny" } }),
    ],
    ["an image without a URL", user({ type: "image_url", image_url: { detail: "low" } })],
    ["an image that is not a URL", user({ type: "image_url", image_url: { url: "1.jpg" } })],
    ["a text part without its text", user({ type: "text" })],
    ["an unknown format", { response_format: { type: "xml" } }],
    ["a format without its name", { response_format: { type: "json_schema", json_schema: {} } }],
    ["a stream that is not a boolean", { stream: "yes" }],
    ["a field of its own", { prompt: "생수병" }],
  ])("refuses %s", async (_, change) => {
    const body = await sent("vision", null);
    expect(faultsOf({ ...body, ...change })).not.toEqual([]);
  });
});

/**
 * The keywords that strict mode accepts, from "Supported schemas" of OpenAI's guide to structured
 * outputs. It refuses all others.
 */
const keywords = new Set(
  [
    "$schema $ref $defs title description type enum const anyOf",
    "properties required additionalProperties items minItems maxItems",
    "pattern format multipleOf minimum maximum exclusiveMinimum exclusiveMaximum",
  ].flatMap((line) => line.split(" ")),
);
const limits = { properties: 5_000, levels: 10, enumValues: 1_000, longEnum: 250 };
const characterLimits = { longEnum: 15_000, total: 120_000 };

const Node = z.looseObject({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  $defs: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).default([]),
  enum: z.array(z.unknown()).default([]),
  const: z.unknown().optional(),
  items: z.unknown().optional(),
  anyOf: z.array(z.unknown()).default([]),
});
type Node = z.infer<typeof Node>;

interface Placed {
  path: string;
  /** The depth of nested objects, including this one. */
  level: number;
  node: Node;
}

function* nodesOf(schema: unknown, path = "#", outer = 0): Generator<Placed> {
  const node = Node.parse(schema);
  const level = node.properties ? outer + 1 : outer;
  yield { path, level, node };
  for (const group of ["properties", "$defs"] as const) {
    for (const [name, child] of Object.entries(node[group] ?? {})) {
      yield* nodesOf(child, `${path}/${group}/${name}`, level);
    }
  }
  if (node.items !== undefined) yield* nodesOf(node.items, `${path}/items`, level);
  for (const [index, child] of node.anyOf.entries()) {
    yield* nodesOf(child, `${path}/anyOf/${index}`, level);
  }
}

const lengthOf = (values: readonly unknown[]) =>
  values.reduce<number>((length, value) => length + String(value).length, 0);

/** Why strict mode refuses a schema; empty when it accepts it. */
function strictFaults(schema: unknown): string[] {
  const placed = [...nodesOf(schema)];
  const root = placed[0]?.node;
  const names = placed.flatMap(({ node }) => Object.keys(node.properties ?? {}));
  const definitions = placed.flatMap(({ node }) => Object.keys(node.$defs ?? {}));
  const values = placed.flatMap(({ node }) => node.enum);
  const constants = placed.flatMap(({ node }) => (node.const === undefined ? [] : [node.const]));
  return [
    ...(root?.type === "object" && root.anyOf.length === 0 ? [] : ["# is not an object"]),
    ...(names.length > limits.properties ? ["# has too many properties"] : []),
    ...(values.length > limits.enumValues ? ["# has too many enum values"] : []),
    ...(lengthOf([...names, ...definitions, ...values, ...constants]) > characterLimits.total
      ? ["# has too many characters"]
      : []),
    ...placed.flatMap(nodeFaults),
  ];
}

function nodeFaults({ path, level, node }: Placed): string[] {
  const unknown = Object.keys(Node.parse(node)).filter(
    (key) => node[key] !== undefined && !keywords.has(key),
  );
  const isObject = [node.type].flat().includes("object") || node.properties !== undefined;
  const optional = Object.keys(node.properties ?? {}).filter(
    (name) => !node.required.includes(name),
  );
  return [
    ...unknown.map((key) => `${path} uses ${key}`),
    ...(isObject && node["additionalProperties"] !== false ? [`${path} is open`] : []),
    ...optional.map((name) => `${path} leaves ${name} out of required`),
    ...(level > limits.levels ? [`${path} is nested too deep`] : []),
    ...(node.enum.length > limits.longEnum && lengthOf(node.enum) > characterLimits.longEnum
      ? [`${path} has an enum that is too long`]
      : []),
  ];
}

describe("the rules of strict mode", () => {
  const object = (properties: Record<string, unknown>, rest: object = {}) => ({
    type: "object",
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
    ...rest,
  });
  const nested = (levels: number): object =>
    levels === 0 ? { type: "string" } : object({ inner: nested(levels - 1) });
  const manyWords = (count: number, length: number) =>
    Array.from({ length: count }, (_, index) => String(index).padEnd(length, "."));
  const choice = (count: number, length = 4) => object({ a: { enum: manyWords(count, length) } });
  const text = { type: "string" };

  it.each<[string, unknown]>([
    [
      "nullable fields, lists and choices",
      object({ a: { type: ["string", "null"] }, b: choice(2) }),
    ],
    ["ten levels", nested(10)],
    ["a thousand enum values", choice(1_000)],
  ])("accept %s", (_, schema) => {
    expect(strictFaults(schema)).toEqual([]);
  });

  it.each<[string, unknown]>([
    ["# is not an object", { type: "array", items: text }],
    ["# is open", { ...object({}), additionalProperties: true }],
    ["#/properties/a/items is open", object({ a: { type: "array", items: { type: "object" } } })],
    ["# leaves a out of required", object({ a: text }, { required: [] })],
    ["#/properties/a uses minLength", object({ a: { ...text, minLength: 1 } })],
    ["#/properties/a uses oneOf", object({ a: { oneOf: [text] } })],
    ["#/properties/a/anyOf/0 uses allOf", object({ a: { anyOf: [{ allOf: [text] }] } })],
    ["# uses patternProperties", object({}, { patternProperties: {} })],
    ["# has too many enum values", choice(1_001)],
    ["#/properties/a has an enum that is too long", choice(251, 60)],
    ["# has too many characters", object({ ["a".repeat(120_001)]: text })],
  ])("report %j", (fault, schema) => {
    expect(strictFaults(schema)).toEqual([fault]);
  });

  it("report what is nested too deep", () => {
    expect(strictFaults(nested(11)).join()).toContain("is nested too deep");
  });
});
