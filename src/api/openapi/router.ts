import { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { invalid } from "../problem.ts";

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
