import { type ApiError, isPassing, refusalOf, unreachable } from "./api-error.ts";
import { baseOf, type ClientOptions, given, type RequestOptions } from "./options.ts";
import { pause } from "./pause.ts";

/** A request to the API. `path` is below the base, and may be the address of an answer. */
export interface Ask extends RequestOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Record<string, string | number | undefined> | undefined;
  /** Sent as JSON. */
  json?: unknown;
  body?: BodyInit;
  headers?: Record<string, string>;
  /** Whether to say who is asking; an address that opens by itself is told nobody's name. */
  anonymous?: boolean;
}

/** A success, read to its end: one that was cut is none. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** How an API is spoken to. */
export interface Connection {
  /** An address of the API, whole. */
  urlOf: (path: string) => URL;
  /** One request, as it is answered. Rejects with what `fetch` rejects with. */
  fetch: (url: URL, init: RequestInit) => Promise<Response>;
  /** Asks until it is answered, and rejects with an `ApiError` when that is no success. */
  ask: (path: string, ask?: Ask) => Promise<Answer>;
  /** The same, and gives the JSON of the answer. */
  read: <Body>(path: string, ask?: Ask) => Promise<Body>;
}

const defaultAttempts = 4;
const baseMs = 500;
const timeoutMs = 60_000;
/** A longer wait is left to who asks: it may be for a new day. */
const longestWaitSeconds = 10;
/** What a gateway says when it lost the server or its answer. */
const lost = new Set([502, 503, 504]);

export function connect(options: ClientOptions): Connection {
  const base = baseOf(options.baseUrl);
  const { credentials } = options;
  // Looked up late, and called by itself: a browser's `fetch` works on nothing but its window.
  const send = options.fetch ?? ((url: string, init: RequestInit) => globalThis.fetch(url, init));

  async function identity(): Promise<Record<string, string>> {
    const [token, headers] = await Promise.all([given(options.token), given(options.headers)]);
    return {
      ...(options.userId !== undefined && { "x-user-id": options.userId }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    };
  }

  /** Says who is asking: to the API alone, wherever an answer points to. */
  async function signed(url: URL, init: RequestInit): Promise<RequestInit> {
    if (url.origin !== base.origin) return init;
    const headers = new Headers(await identity());
    new Headers(init.headers).forEach((value, name) => headers.set(name, value));
    // A Worker's fetch knows no cookies, and refuses to be told of them.
    return { ...init, headers, ...(credentials && { credentials }) };
  }

  const urlOf = (path: string) => new URL(path, base);

  async function ask(
    path: string,
    { query = {}, attempts = defaultAttempts, onRetry, anonymous = false, ...asked }: Ask = {},
  ): Promise<Answer> {
    const url = urlOf(path);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    for (let attempt = 1; ; attempt++) {
      asked.signal?.throwIfAborted();
      const request = requestOf(asked);
      const init = anonymous ? request : await signed(url, request);
      const { answer, error } = await answered(() => send(url.href, init), asked.signal);
      if (answer) return answer;
      const waitMs = retryMs(error, attempt);
      if (attempt >= attempts || waitMs === null) throw error;
      onRetry?.(attempt + 1);
      await pause(waitMs, asked.signal);
    }
  }

  return {
    urlOf,
    fetch: async (url, init) => send(url.href, await signed(url, init)),
    ask,
    async read<Body>(path: string, asked?: Ask) {
      const body = bodyOf(await ask(path, asked));
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- The types are the server's own.
      return body as Body;
    },
  };
}

/** The JSON of an answer. What stands before the network may answer with a success of its own. */
export function bodyOf({ status, headers, text }: Answer): object {
  const body = parsed(text);
  if (typeof body !== "object" || body === null) throw refusalOf(status, headers, text);
  return body;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function requestOf({ method = "GET", json, body, headers, signal }: Ask): RequestInit {
  const timeout = AbortSignal.timeout(timeoutMs);
  const sent = json === undefined ? body : JSON.stringify(json);
  return {
    method,
    headers: { ...(json !== undefined && { "content-type": "application/json" }), ...headers },
    ...(sent !== undefined && { body: sent }),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  };
}

type Answered = { answer: Answer; error?: never } | { answer?: never; error: ApiError };

/** What came of a request. Rejects only with the reason for which the asker left. */
async function answered(
  request: () => Promise<Response>,
  leaving: AbortSignal | undefined,
): Promise<Answered> {
  try {
    const response = await request();
    const { status, headers } = response;
    const text = await response.text();
    return response.ok
      ? { answer: { status, headers, text } }
      : { error: refusalOf(status, headers, text) };
  } catch (error) {
    leaving?.throwIfAborted();
    // Whether the server got it is not known.
    return { error: unreachable(error) };
  }
}

/** How long to wait before the next try, in ms; null when there is to be none. */
function retryMs(error: ApiError, attempt: number): number | null {
  const { status, retryAfter } = error;
  if (!isPassing(error)) return null;
  if (retryAfter !== null) return retryAfter <= longestWaitSeconds ? retryAfter * 1000 : null;
  return status === 0 || lost.has(status) ? baseMs * 2 ** (attempt - 1) : null;
}
