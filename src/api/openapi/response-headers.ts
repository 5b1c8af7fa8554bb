/** A header of an answer. One that is not `required` comes with some of the answers only. */
interface Header {
  description: string;
  required: boolean;
  schema: { type: "string" | "integer"; format?: string };
  example: string | number;
}

/** The headers that answers say something by. */
export const headers = {
  Location: {
    description: "Where to ask for what was begun.",
    required: true,
    schema: { type: "string", format: "uri-reference" },
    example: "/api/v1/scan/7e9708bd-b804-44fa-87da-223c20f30e0d/result",
  },
  traceparent: {
    description: "W3C trace context of the scan: the caller's, or a new one.",
    required: true,
    schema: { type: "string" },
    example: "00-419f19cc11690c46645b33d8dba66a67-8667632161b22ff2-01",
  },
  "Retry-After": {
    description: "When to ask again, s.",
    required: true,
    schema: { type: "integer" },
    example: 2,
  },
  RateLimit: {
    description: "What is left of the user's budgets; not sent where there are none.",
    required: false,
    schema: { type: "string" },
    example: '"day";r=199;t=41580, "at-once";r=4;t=5',
  },
  "RateLimit-Policy": {
    description: "The user's budgets; not sent where there are none.",
    required: false,
    schema: { type: "string" },
    example: '"day";q=200;w=86400, "at-once";q=5',
  },
  ETag: {
    description: "Names this state of the answer, for `If-None-Match`.",
    required: true,
    schema: { type: "string" },
    example: '"catalog-1"',
  },
  "Cache-Control": {
    description: "How long it may be kept.",
    required: true,
    schema: { type: "string" },
    example: "public, max-age=300",
  },
  "Set-Cookie": {
    description:
      "`s_access` and `s_refresh`, each in a header of its own; on the way out, empty ones.",
    required: true,
    schema: { type: "string" },
    example: "s_access=eyJhbGciOiJIUzI1NiJ9…; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=900",
  },
  "WWW-Authenticate": {
    description: "How to authenticate.",
    required: true,
    schema: { type: "string" },
    example: "Bearer",
  },
  "X-Next-Cursor": {
    description: "Where to go on: the next `after`, also when nothing was found.",
    required: true,
    schema: { type: "integer" },
    example: 103,
  },
  "X-Oldest-Cursor": {
    description: "The first event that is not archived; not sent while the log is empty.",
    required: false,
    schema: { type: "integer" },
    example: 1,
  },
  Link: {
    description: "The address of the next page.",
    required: true,
    schema: { type: "string" },
    example: '</api/v1/events?after=103>; rel="next"',
  },
} as const satisfies Record<string, Header>;

export type HeaderName = keyof typeof headers;
