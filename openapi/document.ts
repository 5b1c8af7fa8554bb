import { accesses, securitySchemes } from "./access.ts";
import { inline, schemas } from "./components.ts";
import { headers } from "./headers.ts";
import { info } from "./info.ts";
import type { Operation } from "./operation.ts";
import type { Parameter } from "./parameters.ts";
import {
  mediaTypeOf,
  networkResponse,
  problemsOf,
  responsesOf,
  sharedResponses,
} from "./responses.ts";
import { resources } from "./resources.ts";
import { webhooks } from "./webhooks.ts";

/** Every operation of the document, with the tag it stands under. */
export const operations = resources.flatMap(({ tag, operations: its }) =>
  its.map((operation) => Object.assign({}, operation, { tag })),
);

/** A path of the app as OpenAPI writes it. */
export const templateOf = (path: string): string => path.replaceAll(/:(\w+)/g, "{$1}");

function parameterOf({ in: place, name, says, schema, example }: Parameter) {
  const required = place === "path" || !schema.safeParse(undefined).success;
  return {
    name,
    in: place,
    required,
    description: says,
    schema: inline(schema),
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

/** The OpenAPI 3.1 document of the API. */
export function documentOf() {
  const known = [...new Set(operations.flatMap(problemsOf))].toSorted((a, b) =>
    a.code < b.code ? -1 : 1,
  );
  const alone = known.filter(({ code }) => isAlone(code));
  const paths = Map.groupBy(operations, ({ path }) => templateOf(path));
  return {
    openapi: "3.1.1",
    info,
    servers: [{ url: "/", description: "Where this document was read." }],
    tags: [
      ...resources.map(({ tag, description }) => ({ name: tag, description })),
      { name: "Webhooks", description: "What others are told, signed as Standard Webhooks say." },
    ],
    paths: Object.fromEntries(
      Array.from(paths, ([path, its]) => [
        path,
        Object.fromEntries(its.map((it) => [it.method, operationOf(it)])),
      ]),
    ),
    webhooks: webhooks(),
    components: {
      securitySchemes,
      headers,
      examples: Object.fromEntries(
        known.map(({ code, title, example }) => [code, { summary: title, value: example }]),
      ),
      responses: { Network: networkResponse, ...sharedResponses(alone) },
      schemas: schemas(),
    },
  };
}

/** Whether some operation tells a problem as the only one of its status. */
const isAlone = (code: string): boolean =>
  operations.some((operation) => {
    const problems = problemsOf(operation);
    const status = problems.find((it) => it.code === code)?.status;
    return status !== undefined && problems.filter((it) => it.status === status).length === 1;
  });
