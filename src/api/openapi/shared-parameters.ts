import { maxKeyLength } from "../job-id.ts";

const text = { type: "string" } as const;
const key = { ...text, minLength: 1, maxLength: maxKeyLength } as const;
const seq = { type: "integer", minimum: 0 } as const;

/** A part of a path. The handler reads it: what cannot be right is not there, which is a 404. */
export const inPath = (name: string, description: string, example: string, schema: object = text) =>
  ({ in: "path", name, required: true, description, schema, example }) as const;

/** The `job_id` of a scan. */
export const scanId = inPath("id", "The scan's `job_id`.", "7e9708bd-b804-44fa-87da-223c20f30e0d", {
  ...text,
  format: "uuid",
});

/** A parameter of a query that the handler reads itself. */
export const inQuery = <Schema extends object>(name: string, description: string, schema: Schema) =>
  ({ in: "query", name, required: false, description, schema }) as const;

const inHeader = <Schema extends object>(name: string, description: string, schema: Schema) =>
  ({ in: "header", name, required: false, description, schema }) as const;

/** Makes one scan of many tries. */
export const idempotency = [
  inHeader(
    "Idempotency-Key",
    "The same request with the same key is one scan, however often it is sent.",
    key,
  ),
  inHeader(
    "X-Idempotency-Key",
    "The same, by an older name; read when the other is not there.",
    key,
  ),
];

export const traceparent = inHeader(
  "traceparent",
  "W3C trace context to go on with. One that is not valid is replaced.",
  text,
);

export const ifNoneMatch = inHeader(
  "If-None-Match",
  "The `ETag` of the state that the caller has; the answer is 304 while it is current.",
  text,
);

/** Where a stream resumes. */
export const resuming = [
  inQuery(
    "after",
    "The `seq` of the last frame received; without it, the stream begins with the first.",
    seq,
  ),
  inHeader(
    "Last-Event-ID",
    "The same, as an `EventSource` sends it by itself; it wins over `after`.",
    seq,
  ),
];
