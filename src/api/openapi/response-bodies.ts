import { z } from "zod";
import { refTo } from "./json-schemas.ts";
import type { HeaderName } from "./response-headers.ts";

/** Values to show, each by what it shows. The document makes one of the schema where none is given. */
type Examples<Value> = Readonly<Record<string, Value>>;

const examplesOf = (examples: Examples<unknown>) =>
  Object.keys(examples).length > 0 && {
    examples: Object.fromEntries(
      Object.entries(examples).map(([summary, value]) => [
        summary.replaceAll(/[^\w.-]+/g, "-"),
        { summary, value },
      ]),
    ),
  };

/** A response without a body. */
export const empty = (description: string, headers: readonly HeaderName[] = []) => ({
  description,
  headers: Object.fromEntries(
    headers.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  ),
});

/** A response of another media type than JSON. The compiler checks no body of it. */
export const content = (
  description: string,
  mediaType: string,
  schema?: z.ZodType,
  headers: readonly HeaderName[] = [],
  examples: Examples<unknown> = {},
) => ({
  ...empty(description, headers),
  content: { [mediaType]: { ...(schema && { schema }), ...examplesOf(examples) } },
});

/** A response of JSON. The compiler checks the handler and the examples against the schema. */
export const json = <Schema extends z.ZodType>(
  description: string,
  schema: Schema,
  headers: readonly HeaderName[] = [],
  examples: Examples<z.output<Schema>> = {},
) => ({
  ...empty(description, headers),
  content: { "application/json": { schema, ...examplesOf(examples) } },
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

/** The schema of a body, by its name in the document. */
export const body = <Members extends z.ZodRawShape>(
  id: string,
  description: string,
  members: Members,
) => z.object(members).meta({ id, description });

/** The schema of a body that is refused when it has other members. */
export const requestSchema = <Members extends z.ZodRawShape>(
  id: string,
  description: string,
  members: Members,
) => z.strictObject(members).meta({ id, description });

/** A page of a list: its items under their own name, and where the next page begins. */
export const page = <Items extends z.ZodRawShape>(id: string, items: Items) =>
  body(id, "A page, the newest first; `next_cursor` is null after the last.", {
    ...items,
    next_cursor: z.string().nullable(),
  });

/** The answer to `If-None-Match`, which the `etag` middleware makes. */
export const notModified = { 304: empty("The caller has this state already.", ["ETag"]) };

/** What the network in front of the Worker may answer by itself. */
export const network = (status: "4XX" | "default") => ({
  [status]: { $ref: "#/components/responses/Network" },
});

/** Gives a value the shape of its answer: times become ISO 8601, and other members are left out. */
export const answerOf = <Schema extends z.ZodType>(
  schema: Schema,
  value: z.input<Schema>,
): z.output<Schema> => schema.parse(value);
