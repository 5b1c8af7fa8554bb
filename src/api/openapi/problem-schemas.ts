import { type ProblemCode, problems } from "../problem.ts";
import { type JsonSchema, schemaUri } from "./json-schemas.ts";
import { type HeaderName, headers } from "./response-headers.ts";

const text = { type: "string" };
const hour = { type: ["string", "null"] };
const errors = {
  type: "array",
  description: "What is wrong with which value; absent when it is no single value.",
  items: {
    type: "object",
    properties: {
      path: { ...text, description: "Where the value stands, such as `filter.from`." },
      message: text,
    },
    required: ["path", "message"],
    additionalProperties: false,
  },
};

/** Members of a problem beside those of every problem. */
const extras: Partial<Record<ProblemCode, Readonly<Record<string, JsonSchema>>>> = {
  UNSUPPORTED_MODEL: { supported_models: { type: "array", items: text } },
  LOG_ARCHIVED: { hours: { type: "integer" }, first: hour, last: hour },
};

/** One occurrence of each. */
const cases: Record<ProblemCode, { detail: string; [extra: string]: unknown }> = {
  UNAUTHORIZED: { detail: "Send Authorization: Bearer, or the cookie s_access." },
  SESSION_ENDED: { detail: "There is no cookie s_refresh." },
  SESSION_FOREIGN: { detail: "Who issued the token renews it: log in again there." },
  MALFORMED_JSON: {
    detail: "Expected property name or '}' in JSON at position 1 (line 1 column 2)",
  },
  IMAGE_URL_REQUIRED: { detail: "Send an image_url, an image, or a user_input." },
  UNSUPPORTED_MODEL: {
    detail: 'The model "gpt-9" is not configured here.',
    supported_models: ["offline"],
  },
  RESULT_NOT_FOUND: { detail: "No scan of yours has this id, or it has expired." },
  REGULATION_NOT_FOUND: {
    detail: "No regulation has this key; GET /api/v1/regulations lists them.",
  },
  DELIVERY_NOT_FOUND: { detail: "No webhook delivery has this id." },
  DELIVERY_PENDING: { detail: "The delivery has not ended; it goes on by itself." },
  REDRIVE_NOT_FOUND: { detail: "There is no redrive 55de074f-d38d-4de0-a4f5-5874e909eb49." },
  PROJECTION_NOT_FOUND: {
    detail: "No projection has this name; there are history, daily-statistics, audit.",
  },
  LOG_ARCHIVED: {
    detail:
      "The log does not begin at its beginning any more, and nothing was changed. Restore the " +
      "archived hours first: POST /api/v1/ops/events/restore, or npm run events:restore.",
    hours: 2,
    first: "events/2026/10/01/00.ndjson",
    last: "events/2026/10/01/01.ndjson",
  },
  IMAGE_NOT_FOUND: { detail: "No photo of yours has this address." },
  UPLOAD_USED: { detail: "A photo was put here already; ask for another address." },
  LINK_EXPIRED: { detail: "Addresses of photos are good for 15 minutes; ask for another." },
  NOT_FOUND: { detail: "No erasure of yours has this id." },
  PAYLOAD_TOO_LARGE: { detail: "A photo may have at most 10485760 bytes." },
  UNSUPPORTED_MEDIA_TYPE: { detail: "Send application/json or multipart/form-data." },
  IDEMPOTENCY_KEY_REUSED: { detail: "This key was used for another request; use a new one." },
  VALIDATION_ERROR: {
    detail: "One or more values are not valid; see errors.",
    errors: [{ path: "by", message: "Invalid input: expected string, received undefined" }],
  },
  UPGRADE_REQUIRED: { detail: "Open this address as a WebSocket." },
  RATE_LIMITED: { detail: "Too many requests in a short time; wait 60 seconds." },
  REVOCATION_NOT_FOUND: { detail: "Nothing of this kind and value is revoked." },
  AUTH_UNAVAILABLE: { detail: "Try again in a moment." },
  NOT_CONFIGURED: { detail: "Photos cannot be uploaded here: SIGNING_SECRET is not set." },
  INTERNAL_ERROR: { detail: "Try again; if it stays, tell us when it happened." },
};

/** The headers that come with a problem. */
const headersOf: Partial<Record<ProblemCode, readonly HeaderName[]>> = {
  UNAUTHORIZED: ["WWW-Authenticate"],
  SESSION_ENDED: ["WWW-Authenticate", "Set-Cookie"],
  SESSION_FOREIGN: ["WWW-Authenticate", "Set-Cookie"],
  RATE_LIMITED: ["Retry-After"],
  AUTH_UNAVAILABLE: ["Retry-After"],
};

const nameOf = (code: ProblemCode): string =>
  `${code.toLowerCase().replaceAll(/(?:^|_)(\w)/g, (_, first: string) => first.toUpperCase())}Problem`;

/** The schema of a problem, closed, with its example. */
export function problemComponent(code: ProblemCode) {
  const [status, title] = problems[code];
  const { detail, ...extra } = cases[code];
  const head = { type: "about:blank", title, status, code };
  const required: Record<string, JsonSchema> = {
    ...Object.fromEntries(
      Object.entries(head).map(([name, value]) => [name, { type: typeof value, const: value }]),
    ),
    detail: { ...text, description: "What was wrong this time, in English." },
    ...extras[code],
  };
  return {
    code,
    name: nameOf(code),
    schema: {
      type: "object",
      description: `${title}.`,
      properties: { ...required, ...(code === "VALIDATION_ERROR" && { errors }) },
      required: Object.keys(required),
      additionalProperties: false,
    },
    example: { summary: title, value: { ...head, detail, ...extra } },
  };
}

const refOf = (code: ProblemCode) => ({ $ref: schemaUri(nameOf(code)) });

/** The response of a status that has these problems. Headers that not all of them have may be absent. */
export function problemResponse(codes: readonly ProblemCode[]) {
  const names = codes.map((code) => headersOf[code] ?? []);
  const [schema, ...others] = codes.map(refOf);
  return {
    description: codes.map((code) => `${problems[code][1]}: \`${code}\`.`).join(" "),
    headers: Object.fromEntries(
      [...new Set(names.flat())].map((name) => [
        name,
        names.every((its) => its.includes(name))
          ? { $ref: `#/components/headers/${name}` }
          : { ...headers[name], required: false },
      ]),
    ),
    content: {
      "application/problem+json": {
        schema: others.length === 0 ? schema : { oneOf: [schema, ...others] },
        examples: Object.fromEntries(
          codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
        ),
      },
    },
  };
}
