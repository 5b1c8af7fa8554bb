import { ApiError, apiErrorOf, isTransient, unreachable } from "./api-error.ts";
import { baseOf, type ClientOptions, provided, type RequestOptions } from "./options.ts";
import { sleep } from "./sleep.ts";

/** A request to the API. `path` is relative to the base URL, or a URL that the API has returned. */
export interface ApiRequest extends RequestOptions {
  method?: string | undefined;
  query?: Record<string, string | number | undefined> | undefined;
  /** Sent as JSON. */
  json?: unknown;
  body?: RequestInit["body"] | undefined;
  headers?: RequestInit["headers"] | undefined;
  /** Leaves out the credentials, for a URL that is signed itself. */
  anonymous?: boolean;
}

/** A successful response whose body has arrived completely. */
export interface ApiResponse {
  status: number;
  headers: Headers;
  text: string;
}

export interface Connection {
  urlOf: (path: string) => URL;
  /** Sends one request with credentials. Answers and rejects as `fetch` does. */
  fetch: (url: URL, init: RequestInit) => Promise<Response>;
  /** Sends a request with retries. Rejects with an `ApiError` unless it succeeds. */
  request: (path: string, request?: ApiRequest) => Promise<ApiResponse>;
  /** The same, and parses the JSON of the response. */
  requestJson: <Body>(path: string, request?: ApiRequest) => Promise<Body>;
}

const defaultAttempts = 4;
const baseMs = 500;
const timeoutMs = 60_000;
/** A longer `Retry-After` is left to the caller: a daily quota may name hours. */
const maxRetryAfterSeconds = 10;
/** Statuses of a gateway that has lost the server or its response. */
const gatewayStatuses = new Set([502, 503, 504]);

export function connect(options: ClientOptions): Connection {
  const base = baseOf(options.baseUrl);
  const { credentials } = options;
  // Looked up at each call, and called on the global object as browsers require.
  const send = options.fetch ?? ((url: string, init: RequestInit) => globalThis.fetch(url, init));

  async function identity(): Promise<Record<string, string>> {
    const [token, headers] = await Promise.all([
      provided(options.token),
      provided(options.headers),
    ]);
    return {
      ...(options.userId !== undefined && { "x-user-id": options.userId }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    };
  }

  /** Adds the credentials to requests to the API; another origin never gets them. */
  async function signed(url: URL, init: RequestInit): Promise<RequestInit> {
    if (url.origin !== base.origin) return init;
    const headers = new Headers(await identity());
    new Headers(init.headers).forEach((value, name) => headers.set(name, value));
    // The fetch of Workers rejects an init that has `credentials`.
    return { ...init, headers, ...(credentials && { credentials }) };
  }

  const urlOf = (path: string) => new URL(path, base);

  async function request(
    path: string,
    {
      query = {},
      attempts = defaultAttempts,
      onRetry,
      anonymous = false,
      ...rest
    }: ApiRequest = {},
  ): Promise<ApiResponse> {
    const url = urlOf(path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    for (let attempt = 1; ; attempt++) {
      rest.signal?.throwIfAborted();
      const unsigned = initOf(rest);
      const init = anonymous ? unsigned : await signed(url, unsigned);
      const result = await responseTo(url, () => send(url.href, init), rest.signal);
      if (!(result instanceof ApiError)) return result;
      const waitMs = retryMs(result, attempt);
      if (attempt >= attempts || waitMs === null) throw result;
      onRetry?.(attempt + 1);
      await sleep(waitMs, rest.signal);
    }
  }

  return {
    urlOf,
    fetch: async (url, init) => send(url.href, await signed(url, init)),
    request,
    async requestJson<Body>(path: string, options?: ApiRequest) {
      const body = jsonOf(await request(path, options));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The types are the server's own.
      return body as Body;
    },
  };
}

/** The JSON of a response. A login page of a proxy is an error, whatever its status. */
export function jsonOf({ status, headers, text }: ApiResponse): object {
  const body = parseJson(text);
  if (typeof body !== "object" || body === null) throw apiErrorOf(status, headers, text);
  return body;
}

/** The value of a JSON text; null when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function initOf({ method = "GET", json, body, headers, signal }: ApiRequest): RequestInit {
  const timeout = AbortSignal.timeout(timeoutMs);
  const content = json === undefined ? body : JSON.stringify(json);
  const allHeaders = new Headers(headers);
  if (json !== undefined) allHeaders.set("content-type", "application/json");
  return {
    method,
    headers: allHeaders,
    ...(content !== undefined && { body: content }),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  };
}

/** The complete response, or the error. Rejects only with the reason of the caller's signal. */
async function responseTo(
  url: URL,
  send: () => Promise<Response>,
  signal: AbortSignal | undefined,
): Promise<ApiResponse | ApiError> {
  try {
    const response = await send();
    const { ok, status, headers } = response;
    const text = await response.text();
    return ok ? { status, headers, text } : apiErrorOf(status, headers, text);
  } catch (error) {
    signal?.throwIfAborted();
    // The server may or may not have received the request.
    return unreachable(error, url);
  }
}

/** Ms before the next attempt; null when there is none. */
function retryMs(error: ApiError, attempt: number): number | null {
  const { status, retryAfter } = error;
  if (!isTransient(error)) return null;
  if (retryAfter !== null) return retryAfter <= maxRetryAfterSeconds ? retryAfter * 1000 : null;
  return status === 0 || gatewayStatuses.has(status) ? baseMs * 2 ** (attempt - 1) : null;
}
