import type { z } from "zod";
import type { HeaderName } from "../src/api/openapi/response-headers.ts";
import type { Answer, Body, Content, Examples, Json } from "./operation.ts";

const isJson = "application/json";

/** Answers JSON. The examples are of the schema's own type. */
export const json = <Schema extends z.ZodType>(
  says: string,
  schema: Schema,
  examples: Examples<z.output<Schema>>,
  headers: readonly HeaderName[] = [],
): Json<Schema> => ({ says, content: { mediaType: isJson, schema, examples }, headers });

/** Answers something else than JSON, or JSON of another media type. */
export const content = (
  says: string,
  mediaType: string,
  schema: z.ZodType | null,
  examples: Examples,
  headers: readonly HeaderName[] = [],
): Answer => ({ says, content: { mediaType, schema, examples }, headers });

/** Answers without a body. */
export const empty = (says: string, headers: readonly HeaderName[] = []): Answer => ({
  says,
  content: null,
  headers,
});

/** What was asked for has not changed. */
export const notModified = empty("It is what the caller has already.", ["ETag"]);

const jsonContent = <Schema extends z.ZodType>(
  schema: Schema,
  examples: Examples<z.input<Schema>>,
): Content => ({ mediaType: isJson, schema, examples });

/** A body of JSON. */
export const jsonBody = <Schema extends z.ZodType>(
  schema: Schema,
  examples: Examples<z.input<Schema>>,
): Body => ({ required: true, contents: [jsonContent(schema, examples)] });

/** A body of JSON that may be left out. */
export const optionalBody = <Schema extends z.ZodType>(
  schema: Schema,
  examples: Examples<z.input<Schema>>,
): Body => ({ required: false, contents: [jsonContent(schema, examples)] });
