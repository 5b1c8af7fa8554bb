import { createRoute, OpenAPIHono, type RouteConfig } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { invalid, type ProblemCode, problems as table } from "../problem.ts";
import { onlyQuery } from "../only-query.ts";
import type { Tag } from "./api-info.ts";
import { queryParameters } from "./json-schemas.ts";
import { type Access, accesses, tokenNames } from "./security.ts";

type Method = RouteConfig["method"];

interface Contract extends Omit<
  RouteConfig,
  "method" | "path" | "operationId" | "tags" | "security"
> {
  summary: string;
  /** Who may call it, where that differs from the other routes. */
  access?: Access;
  /** The problems that it answers beside those of its access, its JSON body and its query. */
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

/** What a JSON body is refused for when it does not fit its schema. */
function problemsOfBody({ requestBody }: Contract): readonly ProblemCode[] {
  const takesJson =
    requestBody && "content" in requestBody && requestBody.content["application/json"];
  return takesJson ? ["MALFORMED_JSON", "VALIDATION_ERROR", "PAYLOAD_TOO_LARGE"] : [];
}

/** The names that a query may have; null for a route that looks at no query, whatever it is. */
function queryOf(method: Method, access: Access, { request, parameters }: Contract) {
  const names = [
    ...queryParameters(request?.query),
    ...(parameters ?? []).filter((it) => "in" in it && it.in === "query"),
  ].flatMap((it) => ("name" in it ? [it.name] : []));
  const isProbe = access === "probe" || access === "scraper";
  if (names.length === 0 && (method !== "get" || isProbe)) return null;
  return [...names, ...tokenNames(access)];
}

/**
 * Defines the routes of a resource: their parameters, bodies and documentation. `access` decides which
 * problems every caller may get. The compiler checks a handler against `responses`; problems are thrown,
 * so that they are no part of its type.
 */
export const defineRoutes = (tag: Tag, usualAccess: Access) =>
  function route<M extends Method, Path extends string, const Route extends Contract>(
    method: M,
    path: Path,
    operationId: string,
    contract: Route,
  ) {
    const { access = usualAccess, problems = [], beside } = contract;
    const { ways, problems: ofAccess } = accesses[access];
    const names = queryOf(method, access, contract);
    const ofQuery: ProblemCode[] = names ? ["VALIDATION_ERROR"] : [];
    const responses: Route["responses"] = {
      ...contract.responses,
      ...problemResponses([...ofAccess, ...problemsOfBody(contract), ...ofQuery, ...problems]),
      ...beside,
    };
    const security = [...ways];
    return createRoute({
      ...contract,
      method,
      path,
      operationId,
      tags: [tag],
      security,
      responses,
      ...(names && { middleware: onlyQuery(names) }),
    });
  };

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
