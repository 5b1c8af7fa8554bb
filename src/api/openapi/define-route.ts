import { createRoute, OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { invalid, type ProblemCode, problems as table } from "../problem.ts";
import type { Tag } from "./api-info.ts";
import { type Access, accesses } from "./security.ts";

interface Contract<Path extends string> extends Omit<RouteConfig, "tags" | "security"> {
  path: Path;
  operationId: string;
  summary: string;
  tag: Tag;
  /** Who may call it. It decides which problems every such caller may get. */
  access: Access;
  /** The problems that it answers beside those, and beside those of its JSON body and its query. */
  problems?: readonly ProblemCode[];
  /** Answers that no handler returns: those of a middleware, and of the network. */
  beside?: RouteConfig["responses"];
}

/** One response for the problems of each status. The document holds them, under their codes. */
function problemResponses(codes: readonly ProblemCode[]): RouteConfig["responses"] {
  const byStatus = Map.groupBy(new Set(codes), (code) => table[code][0]);
  return Object.fromEntries(
    Array.from(byStatus, ([status, those]) => [
      status,
      { $ref: `#/components/responses/${those.join(".")}` },
    ]),
  );
}

/** What a JSON body and a query are refused for when they do not fit their schemas. */
function problemsOfInput({ requestBody, request }: Contract<string>): readonly ProblemCode[] {
  const takesJson =
    requestBody && "content" in requestBody && requestBody.content["application/json"];
  if (takesJson) return ["MALFORMED_JSON", "VALIDATION_ERROR"];
  return request?.query ? ["VALIDATION_ERROR"] : [];
}

/**
 * Defines a route: its parameters, bodies and documentation. The compiler checks the handler against
 * `responses`; problems are thrown, so that they are no part of its type.
 */
export function defineRoute<Path extends string, const Route extends Contract<Path>>(route: Route) {
  const { tag, access, problems = [], beside } = route;
  const { ways, problems: ofAccess } = accesses[access];
  const responses: Route["responses"] = {
    ...route.responses,
    ...problemResponses([...ofAccess, ...problemsOfInput(route), ...problems]),
    ...beside,
  };
  return createRoute({ ...route, tags: [tag], security: [...ways], responses });
}

/** A router of defined routes. Its middleware runs before a request is validated. */
export function router<E extends { Bindings: Env } = { Bindings: Env }>(
  ...middleware: MiddlewareHandler<NoInfer<E>>[]
) {
  const routes = new OpenAPIHono<E>({
    defaultHook(result) {
      if (!result.success) throw invalid(result.error);
    },
  });
  for (const handler of middleware) routes.use(handler);
  return routes;
}
