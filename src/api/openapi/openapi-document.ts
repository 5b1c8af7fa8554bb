import type { RouteConfig } from "@hono/zod-openapi";
import { z } from "zod";
import { legacyPaths } from "../../../openapi/document.ts";
import { app } from "../app.ts";
import { type ProblemCode, problems } from "../problem.ts";
import { info, tags } from "./api-info.ts";
import { nameDomainSchemas } from "./domain-schemas.ts";
import { namedSchemas, parameterSchema, refTo } from "./json-schemas.ts";
import { problemComponent, problemResponse } from "./problem-schemas.ts";
import { headers } from "./response-headers.ts";
import { securitySchemes } from "./security.ts";
import { webhooks } from "./webhook-operations.ts";

type Response = RouteConfig["responses"][string];
type Query = NonNullable<RouteConfig["request"]>["query"];

function queryParameters(query: Query) {
  if (query === undefined) return [];
  if (!(query instanceof z.ZodObject)) throw new Error("The schema of a query is an object");
  return Object.entries(query.shape).map(([name, schema]) => {
    if (!(schema instanceof z.ZodType)) throw new Error(`The schema of ${name} is no schema`);
    return {
      in: "query",
      name,
      required: !schema.safeParse(undefined).success,
      description: schema.description,
      schema: parameterSchema(schema),
    };
  });
}

function responseOf(response: Response) {
  if ("$ref" in response || response.content === undefined) return response;
  const content = Object.entries(response.content).map(([mediaType, body = {}]) => [
    mediaType,
    "schema" in body && body.schema instanceof z.ZodType
      ? { ...body, schema: refTo(body.schema) }
      : body,
  ]);
  return { ...response, content: Object.fromEntries(content) };
}

const operationOf = (route: RouteConfig) => ({
  operationId: route.operationId,
  tags: route.tags,
  summary: route.summary,
  description: route.description,
  security: route.security,
  parameters: [...(route.parameters ?? []), ...queryParameters(route.request?.query)],
  requestBody: route.requestBody,
  responses: Object.fromEntries(
    Object.entries(route.responses).map(([status, response]) => [status, responseOf(response)]),
  ),
});

function pathsOf() {
  const routes = app.openAPIRegistry.definitions.flatMap((it) =>
    it.type === "route" ? [it.route] : [],
  );
  const byPath = Map.groupBy(routes, ({ path }) => path);
  return Object.fromEntries(
    Array.from(byPath, ([path, its]) => [
      path,
      Object.fromEntries(its.map((route) => [route.method, operationOf(route)])),
    ]),
  );
}

const refsIn = (value: unknown, kind: "responses" | "schemas"): Set<string> =>
  new Set(
    Array.from(
      JSON.stringify(value).matchAll(new RegExp(`"#/components/${kind}/([^"]+)"`, "g")),
      ([, name = ""]) => name,
    ),
  );

/** The named schemas that a part of the document refers to, and those that they refer to. */
function schemasFor(part: unknown, named: ReturnType<typeof namedSchemas>) {
  const names = refsIn(part, "schemas");
  // A set goes on with what is added to it.
  for (const name of names) {
    for (const other of refsIn(named[name] ?? {}, "schemas")) names.add(other);
  }
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const schema = named[name];
      return schema ? [[name, schema] as const] : [];
    }),
  );
}

const isCode = (text: string): text is ProblemCode => text in problems;

/**
 * The OpenAPI 3.1 document of the API, from the routes that the app has registered. Zod converts the
 * schemas, and not the library: it closes what is answered, knows what is read from what is written,
 * and lets a reference be null.
 */
export function documentOf() {
  nameDomainSchemas();
  const paths: Record<string, Record<string, { requestBody?: unknown; responses: unknown }>> = {
    ...pathsOf(),
  };
  for (const [path, methods] of Object.entries(legacyPaths())) {
    paths[path] = { ...paths[path], ...methods };
  }
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const sent = operations.map(({ requestBody }) => requestBody ?? null);
  const answered = [operations.map(({ responses }) => responses), webhooks()];
  const problemSets = [...refsIn(answered, "responses")].map((name) =>
    name.split(".").filter(isCode),
  );
  const used = [...new Set(problemSets.flat())].toSorted();
  const components = used.map(problemComponent);
  return {
    openapi: "3.1.1",
    info,
    servers: [{ url: "/", description: "Where this document was read." }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    webhooks: webhooks(),
    components: {
      securitySchemes,
      headers,
      examples: Object.fromEntries(components.map(({ code, example }) => [code, example])),
      responses: {
        Network: {
          description:
            "No answer of this API: the network in front of it refuses by itself what it cannot read, such " +
            "as headers that are too long.",
        },
        ...Object.fromEntries(
          problemSets
            .filter((codes) => codes.length > 0)
            .map((codes) => [codes.join("."), problemResponse(codes)]),
        ),
      },
      schemas: {
        ...schemasFor(sent, namedSchemas("input")),
        ...schemasFor(answered, namedSchemas("output")),
        ...Object.fromEntries(components.map(({ name, schema }) => [name, schema])),
      },
    },
  };
}
