import { browserGlobals } from "./browser-globals.ts";
import type { ProblemCode } from "./wire.ts";
import { hasFields } from "./has-fields.ts";

interface ErrorDetails {
  status: number;
  detail: string;
  code?: string | null;
  retryAfter?: number | null;
  errors?: { path: string; message: string }[];
  requestId?: string | null;
  traceparent?: string | null;
}

/** The server refused a request, or was not reached. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** HTTP status; 0 when the server was not reached. */
  readonly status: number;
  /**
   * The problem's code, or `UNREACHABLE`; null when a proxy answered. A later version of the server may have other
   * codes.
   */
  readonly code: ProblemCode | "UNREACHABLE" | (string & {}) | null;
  readonly detail: string;
  /** Seconds to wait before the next request; null when the server named none. */
  readonly retryAfter: number | null;
  /** The invalid fields of the request. */
  readonly errors: { path: string; message: string }[];
  /** The platform's id of the request. */
  readonly requestId: string | null;
  /** The W3C trace context of the response. */
  readonly traceparent: string | null;

  constructor(details: ErrorDetails, options?: ErrorOptions) {
    super(details.detail, options);
    this.status = details.status;
    this.detail = details.detail;
    this.code = details.code ?? null;
    this.retryAfter = details.retryAfter ?? null;
    this.errors = details.errors ?? [];
    this.requestId = details.requestId ?? null;
    this.traceparent = details.traceparent ?? null;
  }
}

/** Whether a retry of the same request may succeed. */
export const isTransient = ({ status }: ApiError): boolean =>
  status === 0 || status === 408 || status === 429 || status >= 500;

/** The error of a request that got no response. A browser does not tell a page that it was blocked. */
export function unreachable(cause: unknown, url: URL): ApiError {
  const { location } = browserGlobals;
  const isForeign = location !== undefined && location.origin !== url.origin;
  const detail = isForeign
    ? `The server was not reached, or its ALLOWED_ORIGINS does not have ${location.origin}.`
    : "The server was not reached.";
  return new ApiError({ status: 0, code: "UNREACHABLE", detail }, { cause });
}

/** The error of an unsuccessful response. It has no code unless its body is a problem of the API. */
export function apiErrorOf(status: number, headers: Headers, text: string): ApiError {
  const { code, detail, errors } = parseProblem(text);
  return new ApiError({
    status,
    code: typeof code === "string" ? code : null,
    detail: typeof detail === "string" ? detail : `The server answered ${status}.`,
    retryAfter: parseRetryAfter(headers.get("retry-after")),
    errors: Array.isArray(errors) ? errors.filter(isIssue) : [],
    requestId: headers.get("x-request-id") ?? headers.get("cf-ray"),
    traceparent: headers.get("traceparent"),
  });
}

function parseProblem(text: string): { code?: unknown; detail?: unknown; errors?: unknown } {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? body : {};
  } catch {
    // The error page of a proxy, or an empty body.
    return {};
  }
}

const isIssue = (value: unknown) => hasFields(value, { path: "string", message: "string" });

/** Seconds of a `Retry-After` header, which holds seconds or a date. */
export function parseRetryAfter(header: string | null): number | null {
  if (header === null || header.trim() === "") return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, (at - Date.now()) / 1000);
}
