import type { Context } from "hono";
import type { z } from "zod";
import { invalid, Problem } from "./problem.ts";

/** Parses a value. Throws the problem of one that the schema refuses. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalid(parsed.error);
  return parsed.data;
}

/** Reads a body of JSON. An empty body is read as `whenEmpty`, where a route has one. */
export async function readBody<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
  whenEmpty?: unknown,
): Promise<z.output<Schema>> {
  if (whenEmpty !== undefined && (await c.req.text()) === "") return parse(schema, whenEmpty);
  return parse(schema, await readJson(c));
}

async function readJson(c: Context): Promise<unknown> {
  try {
    return await c.req.json();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Problem("MALFORMED_JSON", error.message);
  }
}
