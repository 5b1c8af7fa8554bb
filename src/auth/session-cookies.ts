import type { Credentials } from "./identify.ts";
import { isLoopbackHost } from "./loopback.ts";

/** The cookies of a kind of session: the access token, and what it is renewed with. */
export const cookieNames = {
  user: { access: "s_access", refresh: "s_refresh" },
  guest: { access: "s_guest", refresh: "s_guest_refresh" },
} as const;
export type SessionKind = keyof typeof cookieNames;

const securePrefix = "__Host-";

/** Without TLS a browser keeps no Secure cookie, which the prefix demands. */
export const isPlain = ({ protocol, hostname }: URL): boolean =>
  protocol === "http:" && isLoopbackHost(hostname);

/**
 * The names under which a session's cookie is set. No other host, not even a subdomain, can set one with the
 * prefix. A user's cookies have their plain names, too, by which login services and earlier versions know them.
 */
export function namesOf(url: URL, kind: SessionKind, purpose: "access" | "refresh"): string[] {
  const name = cookieNames[kind][purpose];
  if (isPlain(url)) return [name];
  return kind === "guest" ? [`${securePrefix}${name}`] : [`${securePrefix}${name}`, name];
}

/** What a request carries under these names, each value once; the one that is safest comes first. */
export const cookieValues = (
  { url, cookie }: Pick<Credentials, "url" | "cookie">,
  kind: SessionKind,
  purpose: "access" | "refresh",
): string[] => [...new Set(namesOf(url, kind, purpose).flatMap((name) => cookie(name) || []))];
