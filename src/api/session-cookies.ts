import type { Context } from "hono";
import { setCookie } from "hono/cookie";
import type { CookieOptions } from "hono/utils/cookie";
import { authOf } from "../auth/auth.ts";
import { accessCookie, refreshCookie } from "../auth/identify.ts";
import { isLoopbackHost } from "../auth/loopback.ts";
import type { TokenPair } from "../auth/session.ts";

type AnyContext = Context<{ Bindings: Env }>;

/**
 * No script reads them. Pages of another site get them sent only where ALLOWED_ORIGINS names any; who
 * may act by them is then decided by the request's Origin. The path is the one that a login service
 * in front sets, so that there are no two cookies of a name.
 */
function optionsOf(c: AnyContext): CookieOptions {
  const { protocol, hostname, origin } = new URL(c.req.url);
  // Without TLS a browser keeps no Secure cookie, and without Secure none that is for all sites.
  if (protocol === "http:" && isLoopbackHost(hostname)) {
    return { httpOnly: true, secure: false, sameSite: "Lax", path: "/" };
  }
  const { allowed } = authOf(c.env).origins;
  const elsewhere = [...allowed].some((it) => it !== origin);
  return { httpOnly: true, secure: true, sameSite: elsewhere ? "None" : "Lax", path: "/" };
}

/** Gives a browser what its session goes on with. */
export function giveCookies(c: AnyContext, pair: TokenPair): void {
  const options = optionsOf(c);
  setCookie(c, accessCookie, pair.access, { ...options, maxAge: pair.accessSeconds });
  setCookie(c, refreshCookie, pair.refresh, { ...options, maxAge: pair.refreshSeconds });
}

/** Takes both cookies away. */
export function clearCookies(c: AnyContext): void {
  const options = optionsOf(c);
  for (const name of [accessCookie, refreshCookie])
    setCookie(c, name, "", { ...options, maxAge: 0 });
}
