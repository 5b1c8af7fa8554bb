import { describe, expect, it } from "vitest";
import { documented } from "./document.ts";
import { asked, bodyOf, jsonType, server } from "./driving.ts";
import { credentialsFor } from "./problem-drives.ts";

type Operation = (typeof documented)[number];
type Sent = Parameters<typeof asked>[1] & { method?: string };
/** Names an input, and makes it for an operation. */
type Rows = Record<string, (operation: Operation) => Sent>;

/** Texts that some layer takes for something else, or cannot take at all. */
const texts = {
  "a null byte": "a\u0000b",
  "half a character": "\ud800",
  "line breaks and a header": "a\r\nSet-Cookie: stolen=1",
  "a path upwards": "../../../../etc/passwd",
  "a name of the prototype": "__proto__",
  SQL: "'; DROP TABLE dead_letters; --",
  "a script": "<script>alert(1)</script>",
  "a format": "%s%n${7*7}{{7*7}}",
  "an endless word": "a".repeat(8_000),
  "a direction": "\u202egnp.exe",
  "a number beyond whole ones": "9007199254740993",
  "a number beyond any": "1e999",
  "a number that is none": "NaN",
  "a negative number": "-1",
  nothing: "",
} as const;

/** What cannot be written by encoding a text. */
const encoded = {
  "bytes that are no text": "%ff%fe",
  "half a character's bytes": "%ed%a0%80",
  "an encoding that is cut off": "%",
  "a path that is encoded twice": "%252e%252e%252f",
};

const queryNames = ({ parameters }: Operation) => {
  const names = parameters.filter((it) => it.in === "query").map(({ name }) => name);
  return names.length > 0 ? names : ["unknown"];
};
const queryOf = (operation: Operation, value: string): Sent => ({
  query: `?${queryNames(operation)
    .map((name) => `${name}=${value}`)
    .join("&")}`,
});
const mapped = <Value>(from: Record<string, Value>, row: (value: Value) => Rows[string]): Rows =>
  Object.fromEntries(Object.entries(from).map(([name, value]) => [name, row(value)]));
const encode = (text: string) => encodeURIComponent(text.toWellFormed());

const queries: Rows = {
  ...mapped(texts, (text) => (operation) => queryOf(operation, encode(text))),
  ...mapped(encoded, (text) => (operation) => queryOf(operation, text)),
  "every name twice": (operation) => ({
    query: `?${queryNames(operation)
      .flatMap((name) => [`${name}=1`, `${name}=2`])
      .join("&")}`,
  }),
  "names as lists": (operation) => ({
    query: `?${queryNames(operation)[0]}[]=1&${queryNames(operation)[0]}[a]=2`,
  }),
  "names of the prototype": () => ({ query: "?__proto__=1&constructor[prototype]=2&toString=3" }),
  "a thousand names": () => ({
    query: `?${Array.from({ length: 1_000 }, (_, at) => `n${at}=${at}`).join("&")}`,
  }),
  "no names": () => ({ query: "?&&==&=a&?" }),
};

const headers: Rows = mapped<Record<string, string>>(
  {
    "an If-None-Match that is none": { "if-none-match": '"a"b,,W/"' },
    "an If-None-Match of anything": { "if-none-match": "*" },
    "an endless If-None-Match": { "if-none-match": '"a",'.repeat(2_000) },
    "conditions that are none": {
      "if-match": "W/",
      "if-modified-since": "yesterday",
      "if-unmodified-since": "-1",
      "if-range": '"',
    },
    "a Range": { range: "bytes=0-0,-1,99999999999999999999-" },
    "a Range that is none": { range: "bytes=b-a" },
    "a huge cookie": { cookie: `s_access=${"a".repeat(30_000)}` },
    "a thousand cookies": { cookie: "s_access=a; ".repeat(1_000) },
    "cookies that do not decode": { cookie: "s_access=%ff; s_refresh=%; =; ;;, a" },
    "cookies of the prototype": { cookie: "__proto__=1; constructor=2" },
    "a token of many dots": { authorization: `Bearer ${"a.".repeat(2_000)}` },
    "another scheme": { authorization: "Basic Og==" },
    "an empty scheme": { authorization: " " },
    "an origin that is none": { origin: "https://a b/c" },
    "the origin of nobody": { origin: "null" },
    "an upgrade to another protocol": { upgrade: "h2c", connection: "upgrade" },
    "an Accept that is none": { accept: ";;q=9,*/*;q=-1,application/xml" },
    "an endless language": { "accept-language": "ko;q=0.9,".repeat(1_000) },
    "a cursor that is none": { "last-event-id": "-1e9" },
    "a trace that is none": { traceparent: "ff-0-0-zz", tracestate: "=,=", baggage: "=;=" },
    "an endless trace": { traceparent: "0".repeat(10_000) },
    "another method": { "x-http-method-override": "DELETE", "x-method-override": "PUT" },
    "another path": { "x-original-url": "/api/v1/ops/audit", "x-rewrite-url": "/metrics" },
    "a user of no name": { "x-user-id": "../admin" },
    "a length that is none": { "content-length": "-1" },
    "an encoding that it does not have": { "content-encoding": "gzip" },
    "a type that is none": { "content-type": "application/json; charset=utf-16; boundary" },
    "the type of a form without a boundary": { "content-type": "multipart/form-data" },
    "the type of a page": { "content-type": "text/html" },
  },
  (sent) => () => ({ headers: sent }),
);

/** A value of an example in which each text, number and flag is another. */
function replaced(value: unknown, by: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => replaced(item, by));
  if (typeof value !== "object" || value === null) return by;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, replaced(member, by)]),
  );
}
const exampleOf = ({ operationId }: Operation): unknown => JSON.parse(bodyOf(operationId) ?? "{}");
const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));

const bodies: Rows = {
  ...mapped<string | Uint8Array<ArrayBuffer>>(
    {
      nothing: "",
      "JSON that is cut off": '{"a":',
      "brackets without an end": "[".repeat(30_000),
      "objects without an end": '{"a":'.repeat(10_000),
      "lists as deep as it gets": "[".repeat(30_000) + "]".repeat(30_000),
      "objects as deep as it gets": `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`,
      "a name twice": '{"a":1,"a":2,"__proto__":{"a":3},"__proto__":4}',
      "a prototype": '{"__proto__":{"by":"admin","why":"x"},"constructor":{"prototype":{}}}',
      "a list": "[]",
      "a text": '"a"',
      null: "null",
      "a number beyond any": "1e999",
      "a number of many digits": "1".repeat(60_000),
      "a mark before it": "\ufeff{}",
      "words of another encoding": new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]),
      "bytes that are no text": new Uint8Array([0x22, 0xff, 0xc0, 0x80, 0x22]),
      "compressed bytes": new Uint8Array([0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0]),
      XML: "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
      "a form": "a=1&b=2",
      "comments and commas": '{"a":1,/* b */}',
      "names without an end": `{${Array.from({ length: 4_000 }, (_, at) => `"n${at}":${at}`).join()}}`,
    },
    (body) => () => ({ body }),
  ),
  ...mapped<unknown>(
    {
      ...texts,
      "a number": -1.5,
      "a number too large": Number.MAX_VALUE,
      "no value": null,
      "a flag": true,
      "a list": [[]],
      "an object": { $ne: null },
      "a deep list": nested(2_000),
    },
    (value) => (operation) => ({ body: JSON.stringify(replaced(exampleOf(operation), value)) }),
  ),
};

const pathRow = (value: string) => (operation: Operation) => ({
  path: Object.fromEntries(operation.parameters.map(({ name }) => [name, value])),
});
const paths: Rows = mapped(texts, (text) => pathRow(text.toWellFormed() || " "));

const methods: Rows = mapped(
  Object.fromEntries(
    ["HEAD", "OPTIONS", "PROPFIND", "PATCH", "DELETE", "PUT", "QUERY", "REPORT", "MOVE"].map(
      (method) => [method, method],
    ),
  ),
  (method) => () => ({ method }),
);

const hasPath = ({ path }: Operation) => path.includes("{");
const takesJson = ({ requestBody }: Operation) =>
  requestBody?.content["application/json"] !== undefined;

const tables: Record<string, { rows: Rows; of: readonly Operation[] }> = {
  "a query of": { rows: queries, of: documented },
  "a header: ": { rows: headers, of: documented },
  "a part of the path: ": { rows: paths, of: documented.filter(hasPath) },
  "a body of": { rows: bodies, of: documented.filter(takesJson) },
  "the method": { rows: methods, of: documented },
};

/** What a stranger must not see: how it works inside, or anything of what they sent as a header of the answer. */
async function expectHarmless(response: Response) {
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
  if (isStream) await response.body?.cancel();
  const text = isStream || response.webSocket ? "" : await response.text();
  const { status } = response;
  const shown = { status, text };
  expect(status, text).toBeLessThan(500);
  expect(shown.text).not.toMatch(
    /\n\s+at |\.ts:\d|node_modules|SQLITE|D1_ERROR|(?:Type|Range|Syntax|Reference)Error/,
  );
  for (const cookie of response.headers.getSetCookie()) expect(cookie).not.toContain("stolen");
  expect(response.headers.get("location") ?? "/").toMatch(/^\/(?!\/)/);
  if (status >= 400 && text !== "") {
    expect(response.headers.get("content-type")).toBe("application/problem+json");
  }
}

it("has more than two hundred rows, of each operation that takes such an input", () => {
  const counts = Object.values(tables).map(({ rows, of }) => Object.keys(rows).length * of.length);
  expect(Math.min(...counts)).toBeGreaterThan(200);
});

describe.each(Object.entries(tables))("%s", (_, { rows, of }) => {
  it.each(of.map((operation) => [operation.operationId, operation] as const))(
    "is answered without an error of ours by %s",
    async (id, operation) => {
      for (const [name, row] of Object.entries(rows)) {
        const { method, ...sent } = row(operation);
        const body = sent.body ?? (takesJson(operation) && !method ? "[]" : undefined);
        const init = {
          ...sent,
          ...(body !== undefined && { body }),
          headers: {
            ...credentialsFor(operation),
            ...(body !== undefined && jsonType),
            ...sent.headers,
          },
        };
        const to: typeof server = (path, options) =>
          server(path, { ...options, ...(method !== undefined && { method }) });
        await expectHarmless(await asked(id, init, to)).catch((error: unknown) => {
          throw new Error(`${name}: ${String(error)}`, { cause: error });
        });
      }
    },
  );
});
