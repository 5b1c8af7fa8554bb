/** What is known of an answer that is no success; what is not said is not known. */
interface Refusal {
  status: number;
  detail: string;
  code?: string | null;
  retryAfter?: number | null;
  errors?: { path: string; message: string }[];
  requestId?: string | null;
  traceparent?: string | null;
}

/** Every error that comes of the server, or of the way to it. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** Of the answer; 0 when none came. */
  readonly status: number;
  /**
   * The problem's own, such as `RATE_LIMITED`, or `UNREACHABLE`; null where something before the server
   * answered.
   */
  readonly code: string | null;
  readonly detail: string;
  /** Seconds after which to ask again; null when that was not said. */
  readonly retryAfter: number | null;
  /** What of the request was not valid. */
  readonly errors: { path: string; message: string }[];
  /** What the platform calls the request; null when it was not told. */
  readonly requestId: string | null;
  /** The W3C trace context that was answered with; null when none was. */
  readonly traceparent: string | null;

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(refusal.detail, options);
    this.status = refusal.status;
    this.detail = refusal.detail;
    this.code = refusal.code ?? null;
    this.retryAfter = refusal.retryAfter ?? null;
    this.errors = refusal.errors ?? [];
    this.requestId = refusal.requestId ?? null;
    this.traceparent = refusal.traceparent ?? null;
  }
}

/** Whether the same request may be answered otherwise a moment later. */
export const isPassing = ({ status }: ApiError): boolean =>
  status === 0 || status === 408 || status === 429 || status >= 500;

/** That no answer came: the network failed, or it took too long. */
export const unreachable = (cause: unknown): ApiError =>
  new ApiError(
    { status: 0, code: "UNREACHABLE", detail: "The server was not reached." },
    { cause },
  );

/** What an answer refuses with. One that is no problem of the API's has no code. */
export function refusalOf(status: number, headers: Headers, text: string): ApiError {
  const { code, detail, errors } = problemIn(text);
  return new ApiError({
    status,
    code: typeof code === "string" ? code : null,
    detail: typeof detail === "string" ? detail : `The server answered ${status}.`,
    retryAfter: secondsOf(headers.get("retry-after")),
    errors: Array.isArray(errors) ? errors.filter(isIssue) : [],
    requestId: headers.get("x-request-id") ?? headers.get("cf-ray"),
    traceparent: headers.get("traceparent"),
  });
}

function problemIn(text: string): { code?: unknown; detail?: unknown; errors?: unknown } {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? body : {};
  } catch {
    // A page of a gateway, or nothing at all.
    return {};
  }
}

const isIssue = (value: unknown): value is { path: string; message: string } =>
  typeof value === "object" &&
  value !== null &&
  "path" in value &&
  typeof value.path === "string" &&
  "message" in value &&
  typeof value.message === "string";

/** `Retry-After` is in seconds, or a date. */
export function secondsOf(header: string | null): number | null {
  if (header === null || header.trim() === "") return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, (at - Date.now()) / 1000);
}
