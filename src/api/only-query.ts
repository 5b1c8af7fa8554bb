import { createMiddleware } from "hono/factory";
import { Problem } from "./problem.ts";

/** How many unknown parameters are named. */
const mostNamed = 10;

/** Refuses a query with other parameters: a misspelt filter would answer another question. */
export const onlyQuery = (names: readonly string[]) =>
  createMiddleware<{ Bindings: Env }>(async function onlyQuery(c, next) {
    const unknown = Object.keys(c.req.query()).filter((name) => !names.includes(name));
    if (unknown.length === 0) return next();
    const known = names.length > 0 ? `it takes ${names.join(", ")}` : "it takes none";
    throw new Problem("VALIDATION_ERROR", `The query has an unknown parameter; ${known}.`, {
      errors: unknown.slice(0, mostNamed).map((path) => ({ path, message: "is not a parameter" })),
    });
  });
