import { describe, expect, it } from "vitest";
import { document, documented, errorsOf, exampleOf, responseOf } from "./document.ts";

interface Shown {
  where: string;
  schema: Record<string, unknown>;
  value: unknown;
}

type Contents = Record<
  string,
  { schema?: Record<string, unknown> | undefined; examples?: Record<string, unknown> | undefined }
>;

const shownIn = (where: string, contents: Contents = {}): Shown[] =>
  Object.entries(contents).flatMap(([mediaType, { schema, examples = {} }]) =>
    Object.entries(examples).map(([name, example]) => ({
      where: `${where} ${mediaType} ${name}`,
      schema: schema ?? {},
      value: exampleOf(example),
    })),
  );

const webhooks = Object.values(document.webhooks).flatMap((methods) => Object.values(methods));

const bodies = [...documented, ...webhooks].flatMap(({ operationId, requestBody }) =>
  shownIn(`${operationId} takes`, requestBody?.content),
);
const answers = documented.flatMap(({ operationId, responses }) =>
  Object.keys(responses).flatMap((status) =>
    shownIn(`${operationId} answers ${status}`, responseOf(operationId, status)?.content),
  ),
);
const parameters = documented.flatMap(({ operationId, parameters: its }) =>
  its.flatMap(({ name, schema, example }): Shown[] =>
    example === undefined ? [] : [{ where: `${operationId} ${name}`, schema, value: example }],
  ),
);

describe("an example", () => {
  it("is there for every JSON that is taken or answered", () => {
    const bare = documented.flatMap(({ operationId, requestBody, responses }) =>
      [requestBody, ...Object.keys(responses).map((it) => responseOf(operationId, it))].flatMap(
        (message) =>
          Object.entries(message?.content ?? {}).flatMap(([mediaType, { examples = {} }]) =>
            mediaType.endsWith("json") && Object.keys(examples).length === 0 ? [operationId] : [],
          ),
      ),
    );
    expect(bare).toEqual([]);
  });

  it("is of its own schema, whatever it is of", () => {
    const all = [...bodies, ...answers, ...parameters];
    expect(all.length).toBeGreaterThan(300);
    const wrong = all.flatMap(({ where, schema, value }) =>
      errorsOf(schema, value).map((error) => `${where} ${error}`),
    );
    expect(wrong).toEqual([]);
  });
});

it("refuses a value with an undocumented member, and one without a documented member", () => {
  const schema = { $ref: "#/components/schemas/Health" };
  expect(errorsOf(schema, { status: "ok", service: "eco2-edge" })).toEqual([]);
  expect(errorsOf(schema, { status: "ok", service: "eco2-edge", more: 1 })).not.toEqual([]);
  expect(errorsOf(schema, { status: "ok" })).not.toEqual([]);
});
