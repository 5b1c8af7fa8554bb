import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** Leaves the pairing cookie in the browser that opens it. */
export const pairPath = "/pair";
export const pairingCookie = "lan_pairing";

/** Who may pass: a browser that has opened the printed address, at this host. */
export interface LanAccess {
  /** `192.168.0.2:8787`: a page of another name could be somebody else's. */
  host: string;
  token: string;
}

/** What a request from the network is answered with, or where it goes on this machine. */
export type LanVerdict =
  | { verdict: "pair" }
  | { verdict: "refused"; status: 401 | 403 | 404 }
  | { verdict: "pass"; path: string };

/** The residents' page, its files, and the parts of the API that it calls. Everything else is closed. */
const open = [
  /^\/(?:history|collection|me|s\/[\w-]+)?\/?$/,
  /^\/(?:assets|models)\/[\w.-]+$/,
  /^\/(?:service-worker\.js|manifest\.webmanifest|favicon\.svg|icon-[\w-]+\.png)$/,
  /^\/api\/v1\/(?:scan|stream|regulations|character|users|images|models)(?:\/[^\\]*)?$/,
  /^\/api\/v1\/auth\/options$/,
];

/** Decides on a request of the network. */
export function lanVerdict(
  { host, token }: LanAccess,
  { url = "/", headers }: { url?: string | undefined; headers: IncomingHttpHeaders },
): LanVerdict {
  const origin = `http://${host}`;
  const asked = url.startsWith("/") && URL.canParse(url, origin) ? new URL(url, origin) : null;
  if (headers.host !== host || asked?.origin !== origin) return { verdict: "refused", status: 403 };
  if (headers.origin !== undefined && headers.origin !== origin) {
    return { verdict: "refused", status: 403 };
  }
  const { pathname, search, searchParams } = asked;
  if (pathname === pairPath) {
    const isPaired = equal(searchParams.get("token") ?? "", token);
    return isPaired ? { verdict: "pair" } : { verdict: "refused", status: 401 };
  }
  if (!cookiesOf(headers).some((value) => equal(value, token))) {
    return { verdict: "refused", status: 401 };
  }
  if (!open.some((paths) => paths.test(pathname))) return { verdict: "refused", status: 404 };
  return { verdict: "pass", path: pathname + search };
}

const cookiesOf = ({ cookie = "" }: IncomingHttpHeaders): string[] =>
  cookie
    .split("; ")
    .flatMap((pair) => (pair.startsWith(`${pairingCookie}=`) ? [pair.split("=")[1] ?? ""] : []));

function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The headers that go on: those that the page's requests need. Cookies and what proxies add stay behind. */
const passed = new Set([
  ..."accept accept-encoding accept-language content-length content-type idempotency-key".split(
    " ",
  ),
  ..."if-none-match last-event-id range transfer-encoding user-agent x-user-id".split(" "),
  ..."connection upgrade sec-websocket-key sec-websocket-version sec-websocket-extensions".split(
    " ",
  ),
]);

/** A request's headers as the server on this machine gets them. */
export function headersForServer(
  headers: IncomingHttpHeaders,
  server: URL,
  devKey: string,
): Record<string, string | string[]> {
  const own = Object.entries(headers).flatMap(([name, value]) =>
    passed.has(name) && value !== undefined ? [[name, value] as const] : [],
  );
  return {
    ...Object.fromEntries(own),
    host: server.host,
    ...(headers.origin === undefined ? {} : { origin: server.origin }),
    ...(devKey === "" ? {} : { "x-dev-key": devKey }),
  };
}
