import { z } from "zod";
import { type ProblemCode, problems } from "../src/api/problem.ts";
import { answers } from "./components.ts";
import type { HeaderName } from "./headers.ts";

const issues = z
  .array(
    z.object({
      path: z.string().meta({ description: "Where the value stands, such as `filter.from`." }),
      message: z.string(),
    }),
  )
  .meta({ description: "What is wrong with which value; not there when it is no single value." });
const hour = z.string().nullable();

/** What a problem says beside what all of them do. */
const extras: Partial<Record<ProblemCode, z.ZodRawShape>> = {
  VALIDATION_ERROR: { errors: issues.optional() },
  UNSUPPORTED_MODEL: { supported_models: z.array(z.string()) },
  LOG_ARCHIVED: { hours: z.int(), first: hour, last: hour },
};

/** What is told in one such case. */
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
  READER_NOT_FOUND: {
    detail: "No reader has this name; there are history, daily-statistics, audit.",
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

/** One error that a client can be told. */
export interface KnownProblem {
  code: ProblemCode;
  status: number;
  title: string;
  schema: z.ZodType;
  example: unknown;
  headers: readonly HeaderName[];
}

function known(code: ProblemCode): KnownProblem {
  const [status, title] = problems[code];
  const { detail, ...extra } = cases[code];
  const head = { type: "about:blank", title, status } as const;
  const schema = answers(
    `${pascal(code)}Problem`,
    z.object({
      type: z.literal(head.type),
      title: z.literal(title),
      status: z.literal(status),
      detail: z.string().meta({ description: "What was wrong this time, in English." }),
      code: z.literal(code),
      ...extras[code],
    }),
    `${title}.`,
  );
  const example = { ...head, detail, code, ...extra };
  return { code, status, title, schema, example, headers: headersOf[code] ?? [] };
}

const pascal = (code: string): string =>
  code.toLowerCase().replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());

const made = new Map<ProblemCode, KnownProblem>();

/** A problem with its schema, which is a component as soon as it is asked for. */
export function problemOf(code: ProblemCode): KnownProblem {
  const problem = made.get(code) ?? known(code);
  made.set(code, problem);
  return problem;
}
