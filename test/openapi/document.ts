import { dereference, type Schema, validate } from "@cfworker/json-schema";
import { expect } from "vitest";
import { z } from "zod";
import { documentOf } from "../../src/api/openapi/openapi-document.ts";

const AnySchema = z.record(z.string(), z.unknown());
const Ref = z.strictObject({ $ref: z.string() });
const MediaType = z.object({
  schema: AnySchema.optional(),
  examples: z.record(z.string(), z.unknown()).optional(),
});
const Header = z.union([Ref, z.object({ required: z.boolean() })]);
const Message = z.object({
  headers: z.record(z.string(), Header).optional(),
  content: z.record(z.string(), MediaType).optional(),
});
const Operation = z.object({
  operationId: z.string(),
  parameters: z
    .array(
      z.object({
        in: z.enum(["path", "query", "header"]),
        name: z.string(),
        schema: AnySchema,
        example: z.unknown().optional(),
      }),
    )
    .default([]),
  requestBody: z.object({ content: z.record(z.string(), MediaType) }).optional(),
  responses: z.record(z.string(), z.union([Ref, Message])),
  security: z.array(z.record(z.string(), z.array(z.string()))),
});
const Paths = z.record(z.string(), z.record(z.string(), Operation));

/** The document as a client reads it: JSON, and nothing else. */
const text = JSON.stringify(documentOf());
export const document = z
  .object({
    paths: Paths,
    webhooks: Paths,
    components: z.object({
      schemas: z.record(z.string(), AnySchema),
      headers: z.record(z.string(), z.object({ required: z.boolean() })),
      responses: z.record(z.string(), Message),
      examples: z.record(z.string(), z.object({ value: z.unknown() })),
    }),
  })
  .parse(JSON.parse(text));

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => Object.assign({ path, method }, operation)),
);
const byId = new Map(operations.map((operation) => [operation.operationId, operation]));

/** Every operation of the document, by its id. */
export function operationNamed(id: string) {
  const operation = byId.get(id);
  if (!operation) throw new Error(`The document has no operation ${id}`);
  return operation;
}

const named = <Value>(from: Record<string, Value>, ref: string): Value => {
  const found = from[ref.split("/").at(-1) ?? ""];
  if (found === undefined) throw new Error(`The document has no ${ref}`);
  return found;
};

/** The response of a status, wherever it is written. */
export function responseOf(id: string, status: number | string) {
  const response = operationNamed(id).responses[status];
  if (!response) return null;
  return Message.parse(
    "$ref" in response ? named(document.components.responses, response.$ref) : response,
  );
}

/** The codes of the problems that an operation answers. */
export const problemsOf = (id: string): string[] =>
  Object.keys(operationNamed(id).responses).flatMap((status) =>
    Object.keys(responseOf(id, status)?.content?.["application/problem+json"]?.examples ?? {}),
  );

/** An example's value, wherever it is written. */
export function exampleOf(example: unknown): unknown {
  const ref = Ref.safeParse(example);
  if (ref.success) return named(document.components.examples, ref.data.$ref).value;
  return z.object({ value: z.unknown() }).parse(example).value;
}

const base = new URL("https://document.example/");
const lookup: Record<string, Schema | boolean> = dereference(
  { components: { schemas: document.components.schemas } },
  {},
  base,
);

let asked = 0;
const known = new WeakSet<object>();

/** What is wrong with a value by a schema of the document; empty when nothing is. */
export function errorsOf(schema: z.infer<typeof AnySchema>, value: unknown): string[] {
  if (!known.has(schema)) dereference(schema, lookup, base, `/asked/${asked++}`);
  known.add(schema);
  return validate(value, schema, "2020-12", lookup, false).errors.map(
    ({ instanceLocation, error }) => `${instanceLocation}: ${error}`,
  );
}

const essence = (mediaType: string) => mediaType.split(";")[0]?.trim() ?? "";
const covers = (documented: string, actual: string) =>
  documented.endsWith("/*")
    ? actual.startsWith(documented.slice(0, -1))
    : essence(documented) === essence(actual);

/** The bodies in an answer: one, or each frame of an event stream. */
function bodiesIn(type: string, body: string): unknown[] {
  if (essence(type) === "text/event-stream") {
    return body.split("\n").flatMap((line) => {
      return line.startsWith("data: ") ? [JSON.parse(line.slice("data: ".length)) as unknown] : [];
    });
  }
  if (essence(type) === "application/x-ndjson") {
    return body.split("\n").flatMap((line) => (line ? [JSON.parse(line) as unknown] : []));
  }
  return [/[/+]json$/.test(essence(type)) ? JSON.parse(body) : body];
}

/** Expects that an answer is as its operation documents it, in every part. */
export async function expectDocumented(id: string, response: Response): Promise<void> {
  const documented = responseOf(id, response.status);
  if (!documented) throw new Error(`${id} does not document ${response.status}`);
  for (const [name, header] of Object.entries(documented.headers ?? {})) {
    const { required } =
      "$ref" in header ? named(document.components.headers, header.$ref) : header;
    if (required) expect(response.headers.get(name), `the header ${name}`).not.toBeNull();
  }
  if (response.webSocket) return;
  const body = await response.text();
  const contents = Object.entries(documented.content ?? {});
  if (contents.length === 0) {
    expect(body).toBe("");
    return;
  }
  const type = response.headers.get("content-type") ?? "";
  const [, found] = contents.find(([mediaType]) => covers(mediaType, type)) ?? [];
  if (!found) throw new Error(`${id} does not document ${type} with ${response.status}`);
  const { schema } = found;
  if (!schema) return;
  for (const value of bodiesIn(type, body)) expect(errorsOf(schema, value)).toEqual([]);
}

/** Every operation of the document. */
export const documented = operations;
