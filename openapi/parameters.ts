import { z } from "zod";
import { JobId, maxKeyLength } from "../src/api/job-id.ts";
import { Cursor } from "../src/api/stream.ts";

/** A parameter of a path, a query or a header. */
export interface Parameter {
  in: "path" | "query" | "header";
  name: string;
  says: string;
  schema: z.ZodType;
  example?: unknown;
}

/** A part of a path. */
export const inPath = <Schema extends z.ZodType>(
  name: string,
  schema: Schema,
  says: string,
  example?: z.input<Schema>,
): Parameter => ({ in: "path", name, says, schema, ...(example !== undefined && { example }) });

/** A query's parameters, from the schema that reads them: each has to be described. */
export const inQuery = <Shape extends z.ZodRawShape>(
  { shape }: z.ZodObject<Shape>,
  says: Record<keyof Shape & string, string>,
): Parameter[] =>
  Object.entries<string>(says).map(([name, description]) => {
    const schema = shape[name];
    if (!(schema instanceof z.ZodType)) throw new Error(`The query has no ${name}`);
    return { in: "query", name, says: description, schema };
  });

const text = z.string();

/** The scan that is meant; what cannot be an id is a 404 as well. */
export const scanId = inPath(
  "id",
  JobId,
  "The scan's `job_id`.",
  "7e9708bd-b804-44fa-87da-223c20f30e0d",
);

const key = z.string().min(1).max(maxKeyLength);

/** Makes one scan of many tries. */
export const idempotency: readonly Parameter[] = [
  {
    in: "header",
    name: "Idempotency-Key",
    says: "The same request with the same key is one scan, however often it is sent.",
    schema: key.optional(),
  },
  {
    in: "header",
    name: "X-Idempotency-Key",
    says: "The same, by an older name; looked at when the other is not there.",
    schema: key.optional(),
  },
];

/** The caller's trace. */
export const traceparent: Parameter = {
  in: "header",
  name: "traceparent",
  says: "W3C trace context to go on with. One that is not valid is replaced.",
  schema: text.optional(),
};

/** What the caller has already. */
export const ifNoneMatch: Parameter = {
  in: "header",
  name: "If-None-Match",
  says: "The `ETag` of what the caller has; it is answered 304 while that is still so.",
  schema: text.optional(),
};

/** Where a stream goes on. */
export const resuming: readonly Parameter[] = [
  {
    in: "query",
    name: "after",
    says: "The `seq` of the last frame that was seen; -1 is from the beginning.",
    schema: Cursor,
  },
  {
    in: "header",
    name: "Last-Event-ID",
    says: "The same, as an `EventSource` sends it by itself; it wins over `after`.",
    schema: Cursor,
  },
];
