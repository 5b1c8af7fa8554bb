import type { z } from "zod";
import { refTo } from "./json-schemas.ts";
import type { HeaderName } from "./response-headers.ts";

/** Values to show, each by what it shows. */
type Examples<Value> = Readonly<Record<string, Value>>;

/** The document makes an example of the schema where none is given. */
const examplesOf = (examples: Examples<unknown>) =>
  Object.keys(examples).length > 0 && {
    examples: Object.fromEntries(
      Object.entries(examples).map(([summary, value]) => [
        summary.replaceAll(/[^\w.-]+/g, "-"),
        { summary, value },
      ]),
    ),
  };

const headersOf = (names: readonly HeaderName[]) =>
  names.length > 0 && {
    headers: Object.fromEntries(
      names.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
    ),
  };

/** A response of JSON. The compiler checks the handler and the examples against the schema. */
export const json = <Schema extends z.ZodType>(
  description: string,
  schema: Schema,
  examples: Examples<z.output<Schema>> = {},
  headers: readonly HeaderName[] = [],
) => ({
  description,
  ...headersOf(headers),
  content: { "application/json": { schema, ...examplesOf(examples) } },
});

/** A response that is no JSON, or JSON of another media type. The compiler checks no body of it. */
export const content = <Schema extends z.ZodType>(
  description: string,
  mediaType: string,
  schema: Schema,
  examples: Examples<unknown> = {},
  headers: readonly HeaderName[] = [],
) => ({
  description,
  ...headersOf(headers),
  content: { [mediaType]: { schema, ...examplesOf(examples) } },
});

/** A response without a body. */
export const empty = (description: string, headers: readonly HeaderName[] = []) => ({
  description,
  ...headersOf(headers),
});

/** The answer to `If-None-Match`, which the `etag` middleware makes. */
export const notModified = { 304: empty("The caller has this state already.", ["ETag"]) };

/** What the network in front of the Worker may answer by itself. */
export const network = (status: "4XX" | "default") => ({
  [status]: { $ref: "#/components/responses/Network" },
});

/** A body of JSON that the handler reads by the same schema, so that its problems are ours. */
export const jsonBody = <Schema extends z.ZodType>(
  schema: Schema,
  examples: Examples<z.input<Schema>> = {},
  required = true,
) => ({
  required,
  content: { "application/json": { schema: refTo(schema), ...examplesOf(examples) } },
});
