import type { Context } from "hono";
import type { z } from "zod";
import { readAtMost } from "../images/read-at-most.ts";
import { invalid, Problem } from "./problem.ts";

/** The most bytes of a JSON body, where a route has no bound of its own. */
export const maxJsonBytes = 64 * 1024;

interface ReadOptions {
  /** What an empty body is read as, where a route takes one. */
  whenEmpty?: unknown;
  maxBytes?: number;
}

/** Parses a value. Throws the problem of one that the schema refuses. */
export function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalid(parsed.error);
  return parsed.data;
}

/** Reads a body of JSON, never more of it than its bound. */
export async function readBody<Schema extends z.ZodType>(
  c: Context,
  schema: Schema,
  { whenEmpty, maxBytes = maxJsonBytes }: ReadOptions = {},
): Promise<z.output<Schema>> {
  const text = await readText(c.req.raw, maxBytes);
  if (text === "" && whenEmpty !== undefined) return parse(schema, whenEmpty);
  return parse(schema, parseJson(text));
}

/**
 * The text of a body. One that is too large is refused by its `Content-Length`, or, without one, as soon as more
 * has arrived: the rest is not read.
 */
async function readText(request: Request, maxBytes: number): Promise<string> {
  const tooLarge = () => bodyTooLarge(maxBytes);
  if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge();
  return new TextDecoder().decode(await readAtMost(request, maxBytes, tooLarge));
}

export const bodyTooLarge = (maxBytes: number): Problem =>
  new Problem("PAYLOAD_TOO_LARGE", `The body may have at most ${maxBytes} bytes.`);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Problem("MALFORMED_JSON", error.message);
  }
}
