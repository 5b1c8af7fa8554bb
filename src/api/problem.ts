import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { z } from "zod";
import { Unauthenticated, AuthUnavailable } from "../auth/auth-errors.ts";
import { objectErrorOf } from "../platform/object-error.ts";
import { isHiddenFailure, isStorageFull } from "../platform/storage-full.ts";
import { log } from "../platform/log.ts";
import { inLanguageOf } from "./problem-language.ts";

/** Every problem of the API, with its status and title. */
export const problems = {
  UNAUTHORIZED: [401, "Authentication is required"],
  SESSION_ENDED: [401, "The session has ended"],
  SESSION_FOREIGN: [401, "Sessions are not renewed here"],
  MALFORMED_JSON: [400, "The body is not JSON"],
  NOT_RECOGNISED: [422, "The words name no known item"],
  SCAN_NOT_ENDED: [409, "The scan has not ended"],
  NOTHING_TO_CONFIRM: [409, "The scan asks nothing"],
  NOTHING_TO_FINISH: [409, "The scan leaves nothing to do for a character"],
  ALREADY_CONFIRMED: [409, "The scan was confirmed otherwise"],
  IMAGE_URL_REQUIRED: [400, "A photo or words are required"],
  UNSUPPORTED_MODEL: [400, "The model is not supported"],
  RESULT_NOT_FOUND: [404, "There is no such scan"],
  SCAN_PURGED: [410, "The scan's content is deleted"],
  REGULATION_NOT_FOUND: [404, "There is no such regulation"],
  DELIVERY_NOT_FOUND: [404, "There is no such webhook delivery"],
  DELIVERY_PENDING: [409, "The webhook delivery has not ended"],
  REDRIVE_NOT_FOUND: [404, "There is no such redrive"],
  PROJECTION_NOT_FOUND: [404, "There is no such projection"],
  SCHEMA_NOT_FOUND: [404, "There is no such schema"],
  EVENTS_UNREADABLE: [503, "A part of the event log cannot be read"],
  IMAGE_NOT_FOUND: [404, "There is no such photo"],
  NO_GUESTS: [404, "There are no guests here"],
  NO_PUSH: [404, "There is no Web Push here"],
  SIGNED_IN: [409, "A user is logged in"],
  UPLOAD_USED: [409, "The upload address was used"],
  LINK_EXPIRED: [410, "The address has expired"],
  NOT_FOUND: [404, "There is no such route"],
  PAYLOAD_TOO_LARGE: [413, "The body is too large"],
  UNSUPPORTED_MEDIA_TYPE: [415, "The media type is not supported"],
  UNSUPPORTED_PHOTO_TYPE: [415, "The model does not take this type of photo"],
  IDEMPOTENCY_KEY_REUSED: [422, "The idempotency key belongs to another request"],
  VALIDATION_ERROR: [422, "The request is not valid"],
  UPGRADE_REQUIRED: [426, "This route speaks WebSocket"],
  RATE_LIMITED: [429, "Too many requests"],
  REVOCATION_NOT_FOUND: [404, "There is no such revocation"],
  AUTH_UNAVAILABLE: [503, "Authentication is not available now"],
  NOT_CONFIGURED: [503, "This is not configured here"],
  UNAVAILABLE: [503, "The service is not available for a moment"],
  INTERNAL_ERROR: [500, "Something went wrong on our side"],
} as const satisfies Record<string, readonly [ContentfulStatusCode, string]>;

/** When to ask again after what was needed to know a user could not be had, s. */
const authUnavailableSeconds = 5;
/** When to ask again after a Durable Object was reset or overloaded, s. */
const unavailableSeconds = 5;
const again = "Try again in a moment.";
/** The same when no space is left: an operator has to act first. */
const storageFullSeconds = 60;
const storageFull =
  "The server's storage is full. Nothing was stored; its operator has to free space.";

const storageFailed =
  "The server's storage failed, or is full; its operator finds the reason in its log. Try again later.";

export type ProblemCode = keyof typeof problems;

/** The address of the page that explains a problem, and its `type`. */
export const problemPage = (code: ProblemCode): string => `/problems/${code}`;

/**
 * An error to be answered as `application/problem+json`. `extra` adds members to the body. `korean` is the detail for
 * residents, where it says more than the code does.
 */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly extra: Record<string, unknown>;
  readonly korean: string | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    extra: Record<string, unknown> = {},
    korean?: string,
  ) {
    super(detail);
    this.code = code;
    this.extra = extra;
    this.korean = korean;
  }
}

/** The value, which has to be there; otherwise it throws the problem. */
export function found<Value>(
  value: Value | null | undefined,
  code: ProblemCode,
  detail: string,
): Value {
  if (value === null || value === undefined) throw new Problem(code, detail);
  return value;
}

/** The problem of a value that did not parse: one entry an issue, with its path. */
export const invalid = ({ issues }: z.ZodError): Problem =>
  new Problem("VALIDATION_ERROR", "One or more values are not valid; see errors.", {
    errors: issues.flatMap(errorsOf),
  });

/** How many unknown fields are named. */
const mostNamed = 10;

/** An error for each field that is not known, by its own name. */
function errorsOf(issue: z.core.$ZodIssue): { path: string; message: string }[] {
  const { path, message } = issue;
  if (issue.code !== "unrecognized_keys") return [{ path: path.join("."), message }];
  return issue.keys
    .slice(0, mostNamed)
    .map((key) => ({ path: [...path, key].join("."), message: "is not a field of this body" }));
}

/** The problem of one value, whose name and message make a sentence. */
export const invalidValue = (path: string, message: string): Problem =>
  new Problem("VALIDATION_ERROR", `The ${path} ${message}.`, { errors: [{ path, message }] });

/** Responds to any error. An unexpected error is logged, and answered without its message. */
export function respond(error: Error, c: Context): Response {
  if (error instanceof Problem) return problemResponse(c, error);
  if (error instanceof Unauthenticated)
    return problemResponse(c, new Problem("UNAUTHORIZED", error.message));
  if (error instanceof AuthUnavailable) {
    c.header("retry-after", String(authUnavailableSeconds));
    return problemResponse(c, new Problem("AUTH_UNAVAILABLE", again));
  }
  if (error instanceof HTTPException) return error.getResponse();
  log("error", "api.error", { path: c.req.path, error: error.stack ?? String(error) });
  const isFull = isStorageFull(error);
  const isHidden = isHiddenFailure(error);
  if (isFull || isHidden || objectErrorOf(error)) {
    c.header("retry-after", String(isFull || isHidden ? storageFullSeconds : unavailableSeconds));
    const detail = isFull ? storageFull : isHidden ? storageFailed : again;
    return problemResponse(c, new Problem("UNAVAILABLE", detail));
  }
  return problemResponse(
    c,
    new Problem("INTERNAL_ERROR", "Try again. If it stays, report when it happened."),
  );
}

function problemResponse(c: Context, { code, message, extra, korean }: Problem): Response {
  const [status, title] = problems[code];
  if (status === 401) c.header("www-authenticate", "Bearer");
  const words = inLanguageOf(c, code, { title, detail: message }, korean);
  const type = problemPage(code);
  return c.body(JSON.stringify({ type, ...words, status, code, ...extra }), status, {
    "content-type": "application/problem+json",
  });
}
