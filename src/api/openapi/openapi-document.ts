import type { RouteConfig } from "@hono/zod-openapi";
import { z } from "zod";
import { app } from "../app.ts";
import { type ProblemCode, problems } from "../problem.ts";
import { info, tags } from "./api-info.ts";
import { nameDomainSchemas } from "./domain-schemas.ts";
import { namedSchemas, queryParameters, refTo } from "./json-schemas.ts";
import { problemComponent, problemResponse } from "./problem-schemas.ts";
import { headers } from "./response-headers.ts";
import { sampleValue } from "./sample-value.ts";
import { securitySchemes } from "./security.ts";
import { webhooks } from "./webhook-operations.ts";

type Named = ReturnType<typeof namedSchemas>;
type Schemas = Readonly<Record<"input" | "output", Named>>;

const Body = z.looseObject({ schema: z.unknown().optional(), examples: z.unknown().optional() });
const Ref = z.object({ $ref: z.string() });

/** Bodies by reference. One of JSON without an example gets one that is made of its schema. */
const contentOf = (content: object, named: Named) =>
  Object.fromEntries(
    Object.entries(content).map(([mediaType, its]) => {
      const { examples, ...body } = Body.parse(its);
      if (body.schema instanceof z.ZodType) body.schema = refTo(body.schema);
      if (examples || !mediaType.endsWith("json")) return [mediaType, { ...body, examples }];
      const value = sampleValue(Ref.parse(body.schema), named);
      return [mediaType, { ...body, examples: { sample: { value } } }];
    }),
  );

const messageOf = (message: object, named: Named) =>
  "content" in message && message.content instanceof Object
    ? { ...message, content: contentOf(message.content, named) }
    : message;

function operationOf(route: RouteConfig, named: Schemas) {
  const { operationId, tags, summary, description, security, parameters = [] } = route;
  const { request, requestBody, responses } = route;
  return {
    operationId,
    tags,
    summary,
    description,
    security,
    parameters: [...parameters, ...queryParameters(request?.query)],
    requestBody: requestBody && messageOf(requestBody, named.input),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, it]) => [status, messageOf(it, named.output)]),
    ),
  };
}

function pathsOf(named: Schemas) {
  const routes = app.openAPIRegistry.definitions.flatMap((it) =>
    it.type === "route" ? [it.route] : [],
  );
  const byPath = Map.groupBy(routes, ({ path }) => path);
  return Object.fromEntries(
    Array.from(byPath, ([path, its]) => [
      path,
      Object.fromEntries(its.map((route) => [route.method, operationOf(route, named)])),
    ]),
  );
}

/** What the API sends by itself is described as what it answers. */
const webhooksOf = (named: Named) =>
  Object.fromEntries(
    Object.entries(webhooks).map(([name, it]) => [
      name,
      { [it.method]: operationOf(it, { input: named, output: named }) },
    ]),
  );

const refsIn = (value: unknown, kind: "responses" | "schemas"): Set<string> =>
  new Set(
    Array.from(
      JSON.stringify(value).matchAll(new RegExp(`"#/components/${kind}/([^"]+)"`, "g")),
      ([, name = ""]) => name,
    ),
  );

/** The named schemas that a part of the document refers to, and those that they refer to. */
function schemasFor(part: unknown, named: Named) {
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
  const named = { input: namedSchemas("input"), output: namedSchemas("output") };
  const paths: Record<
    string,
    Record<string, { requestBody?: unknown; responses: unknown }>
  > = pathsOf(named);
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const sent = operations.map(({ requestBody }) => requestBody ?? null);
  const notifications = webhooksOf(named.output);
  const answered = [operations.map(({ responses }) => responses), notifications];
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
    webhooks: notifications,
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
        ...schemasFor(sent, named.input),
        ...schemasFor(answered, named.output),
        ...Object.fromEntries(components.map(({ name, schema }) => [name, schema])),
      },
    },
  };
}
