import type { Context } from "hono";
import { Problem } from "./problem.ts";

/** The JSON of a body. Throws a problem when there is none. */
export async function readJson(c: Context): Promise<unknown> {
  try {
    return await c.req.json();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Problem("MALFORMED_JSON", error.message);
  }
}
