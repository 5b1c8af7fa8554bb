import { jobId, traceId } from "../scan-examples.ts";

/** Its description and an example. `optional`: it comes with some of the answers only. */
const header = (description: string, example: string | number, optional = false) => ({
  description,
  required: !optional,
  schema: { type: typeof example === "number" ? "integer" : "string" },
  example,
});

/** The headers of answers that callers read. */
export const headers = {
  Location: {
    ...header("Where to ask for what was begun.", `/api/v1/scan/${jobId}/result`),
    schema: { type: "string", format: "uri-reference" },
  },
  traceparent: header("W3C trace context of the scan: the caller's, or a new one.", traceId),
  "Retry-After": header("When to ask again, s.", 2),
  RateLimit: header(
    "What is left of the user's budgets; not sent where there are none.",
    '"day";r=199;t=41580, "at-once";r=4;t=5',
    true,
  ),
  "RateLimit-Policy": header(
    "The user's budgets; not sent where there are none.",
    '"day";q=200;w=86400, "at-once";q=5',
    true,
  ),
  "Content-Language": header("The language of `title` and `detail`: `en`, or `ko`.", "en"),
  ETag: header("Names this state of the answer, for `If-None-Match`.", '"catalog-1"'),
  "Cache-Control": header("How long it may be cached.", "public, max-age=300"),
  "Set-Cookie": header(
    "`s_access` and `s_refresh`, each in a header of its own; on the way out, empty ones.",
    "s_access=eyJhbGciOiJIUzI1NiJ9…; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=900",
  ),
  "WWW-Authenticate": header("How to authenticate.", "Bearer"),
  "X-Next-Cursor": header("Where to go on: the next `after`, also when nothing was found.", 103),
  Link: header(
    "The address of the next page; a file that is the last has none.",
    '</api/v1/events?after=103>; rel="next"',
    true,
  ),
};

export type HeaderName = keyof typeof headers;
