import { parameterSchema } from "../src/api/openapi/json-schemas.ts";
import { accesses } from "../src/api/openapi/security.ts";
import type { Operation } from "./operation.ts";
import type { Parameter } from "./parameters.ts";
import { mediaTypeOf, responsesOf } from "./responses.ts";
import { resources } from "./resources.ts";

const operations = resources.flatMap(({ tag, operations: its }) =>
  its.map((operation) => Object.assign({}, operation, { tag })),
);

function parameterOf({ in: place, name, says, schema, example }: Parameter) {
  const required = place === "path" || !schema.safeParse(undefined).success;
  return {
    name,
    in: place,
    required,
    description: says,
    schema: parameterSchema(schema),
    ...(example !== undefined && { example }),
  };
}

const operationOf = (operation: Operation & { tag: string }) => ({
  operationId: operation.id,
  tags: [operation.tag],
  summary: operation.summary,
  ...(operation.description !== undefined && { description: operation.description }),
  security: accesses[operation.access].ways,
  ...(operation.parameters && { parameters: operation.parameters.map(parameterOf) }),
  ...(operation.body && {
    requestBody: {
      required: operation.body.required,
      content: Object.fromEntries(
        operation.body.contents.map((content) => [content.mediaType, mediaTypeOf(content)]),
      ),
    },
  }),
  responses: responsesOf(operation),
});

/** The paths of routes that are not their own contracts yet. */
export const legacyPaths = () =>
  Object.fromEntries(
    Array.from(
      Map.groupBy(operations, ({ path }) => path.replaceAll(/:(\w+)/g, "{$1}")),
      ([path, its]) => [path, Object.fromEntries(its.map((it) => [it.method, operationOf(it)]))],
    ),
  );
