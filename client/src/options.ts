import { page } from "./page.ts";
import type { SocketConstructor } from "./transports/socket.ts";

type Given<Value> = Value | (() => Value | Promise<Value>);

/** A `fetch` such as the global one. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ClientOptions {
  /** Where the API is. In a page its own origin by default; elsewhere it has to be said. */
  baseUrl?: string | URL | undefined;
  /** A bearer token; a function is asked before every request, so that it can give a fresh one. */
  token?: Given<string> | undefined;
  /** Who is asking, as `X-User-ID`: of a server with AUTH_MODE=dev, or behind a gateway. */
  userId?: string | undefined;
  /** Sent with every request to the API besides. */
  headers?: Given<Record<string, string>> | undefined;
  fetch?: Fetch | undefined;
  /**
   * What opens sockets; null for none. By default the global one, but none beside a `fetch` of your own:
   * what that goes through, a socket would go round.
   */
  WebSocket?: SocketConstructor | null | undefined;
  /** Whether cookies go along to another origin. Left to `fetch` when it is not said. */
  credentials?: "omit" | "same-origin" | "include" | undefined;
}

/** What every request takes. */
export interface RequestOptions {
  /** Ends the request, and with it all waiting and trying again. */
  signal?: AbortSignal | undefined;
  /** How often it is tried at most, 4 times by default, while the network or a gateway fails. */
  attempts?: number | undefined;
  /** Told that there will be an `attempt`th try, from the second on. */
  onRetry?: ((attempt: number) => void) | undefined;
}

export const given = async <Value extends string | Record<string, string>>(
  value: Given<Value> | undefined,
): Promise<Value | undefined> => (typeof value === "function" ? value() : value);

/** The address that paths of the API are taken from. Throws a TypeError where there is none. */
export function baseOf(baseUrl: string | URL | undefined): URL {
  const base = baseUrl ?? page.location?.origin;
  if (base === undefined) throw new TypeError("Outside of a page the client needs a baseUrl.");
  return new URL(base);
}
