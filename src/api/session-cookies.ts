import type { Context } from "hono";
import { setCookie } from "hono/cookie";
import type { CookieOptions } from "hono/utils/cookie";
import { authOf } from "../auth/auth.ts";
import { isPlain, namesOf, type SessionKind } from "../auth/session-cookies.ts";
import type { TokenPair } from "../auth/session.ts";

type AnyContext = Context<{ Bindings: Env }>;

/**
 * No script reads them. Pages of another site get them sent only where ALLOWED_ORIGINS names any; who
 * may act by them is then decided by the request's Origin. The path is the one that a login service
 * in front sets, so that there are no two cookies of a name.
 */
function optionsOf(c: AnyContext): CookieOptions {
  const url = new URL(c.req.url);
  if (isPlain(url)) return { httpOnly: true, secure: false, sameSite: "Lax", path: "/" };
  const { allowed } = authOf(c.env).origins;
  const elsewhere = [...allowed].some((it) => it !== url.origin);
  return { httpOnly: true, secure: true, sameSite: elsewhere ? "None" : "Lax", path: "/" };
}

/** Gives a browser what its session goes on with. */
export function giveCookies(c: AnyContext, pair: TokenPair, kind: SessionKind = "user"): void {
  set(c, kind, "access", pair.access, pair.accessSeconds);
  set(c, kind, "refresh", pair.refresh, pair.refreshSeconds);
}

/** Takes the cookies of a session away. */
export function clearCookies(c: AnyContext, kind: SessionKind = "user"): void {
  set(c, kind, "access", "", 0);
  set(c, kind, "refresh", "", 0);
}

function set(
  c: AnyContext,
  kind: SessionKind,
  purpose: "access" | "refresh",
  value: string,
  maxAge: number,
) {
  for (const name of namesOf(new URL(c.req.url), kind, purpose)) {
    setCookie(c, name, value, { ...optionsOf(c), maxAge });
  }
}
