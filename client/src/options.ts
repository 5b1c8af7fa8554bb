import { browserGlobals } from "./browser-globals.ts";
import type { SocketConstructor } from "./transports/websocket-transport.ts";

type Provider<Value> = Value | (() => Value | Promise<Value>);

/** A `fetch` such as the global one. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ClientOptions {
  /** The URL of the API. Defaults to the page's origin; required outside of a page. */
  baseUrl?: string | URL | undefined;
  /** A bearer token. A function is called before every request, and may return a fresh one. */
  token?: Provider<string> | undefined;
  /** Sent as `X-User-ID`: for a server with AUTH_MODE=dev, or behind a gateway. */
  userId?: string | undefined;
  /** Further headers of every request to the API. */
  headers?: Provider<Record<string, string>> | undefined;
  fetch?: Fetch | undefined;
  /**
   * Opens WebSockets; null for none. Defaults to the global one, and to none beside a `fetch` of your own,
   * since a socket would bypass it.
   */
  WebSocket?: SocketConstructor | null | undefined;
  /** Whether requests to another origin carry cookies. Defaults to what `fetch` does. */
  credentials?: "omit" | "same-origin" | "include" | undefined;
}

/** The options of every request. */
export interface RequestOptions {
  /** Aborts the request and its retries. */
  signal?: AbortSignal | undefined;
  /** Attempts at most, 4 by default, while the network or a gateway fails. */
  attempts?: number | undefined;
  /** Called before each retry with the number of the attempt, from 2 on. */
  onRetry?: ((attempt: number) => void) | undefined;
}

export const provided = async <Value extends string | Record<string, string>>(
  value: Provider<Value> | undefined,
): Promise<Value | undefined> => (typeof value === "function" ? value() : value);

/** The base of all paths of the API. Throws a TypeError outside of a page without a `baseUrl`. */
export function baseOf(baseUrl: string | URL | undefined): URL {
  const base = baseUrl ?? browserGlobals.location?.origin;
  if (base === undefined) throw new TypeError("Outside of a page the client needs a baseUrl.");
  return new URL(base);
}
