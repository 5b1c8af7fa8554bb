import type { Context } from "hono";
import type { z } from "zod";
import { invalid } from "./problem.ts";
import { readJson } from "./read-json.ts";

/** Parses a value. Throws the problem of one that the schema refuses. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalid(parsed.error);
  return parsed.data;
}

/** Reads a body of JSON. An empty body is read as `whenEmpty`, where a route says so. */
export async function readBody<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
  whenEmpty?: unknown,
): Promise<z.output<Schema>> {
  if (whenEmpty !== undefined && (await c.req.text()) === "") return parse(schema, whenEmpty);
  return parse(schema, await readJson(c));
}
