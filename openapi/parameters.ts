import { z } from "zod";
import { JobId } from "../src/api/job-id.ts";

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

/** What the caller has already. */
export const ifNoneMatch: Parameter = {
  in: "header",
  name: "If-None-Match",
  says: "The `ETag` of what the caller has; it is answered 304 while that is still so.",
  schema: text.optional(),
};
