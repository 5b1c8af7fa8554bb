import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import { Unauthenticated } from "../../auth/auth-errors.ts";
import {
  operatorCookie,
  type OperatorSession,
  verifyOperatorSession,
} from "../../auth/operator-session.ts";
import { assertToken } from "../require-token.ts";

type AnyContext = Context<{ Bindings: Env }>;

/** Lets in who sends `OPS_TOKEN`, and our own pages by an operator's session. */
export const requireOperator = createMiddleware<{ Bindings: Env }>(
  async function requireOperator(c, next) {
    if (!(await operatorOf(c))) await assertToken(c, "OPS_TOKEN");
    await next();
  },
);

/**
 * The operator's session of a request; null where it has none, or a token beside it.
 * @throws `Unauthenticated` for one that is not good, and for pages of another origin.
 */
export async function operatorOf(c: AnyContext): Promise<OperatorSession | null> {
  const token = operatorToken(c);
  if (token === undefined || c.req.header("authorization") !== undefined) return null;
  requireOwnPage(c);
  return verifyOperatorSession(c.env, token);
}

export const operatorToken = (c: AnyContext): string | undefined =>
  getCookie(c, operatorCookie(new URL(c.req.url)));

const readOnly = new Set(["GET", "HEAD"]);

/**
 * Refuses what a page of somebody else sent, whatever ALLOWED_ORIGINS says: no other page acts for an operator, or
 * reads what one may read.
 */
export function requireOwnPage({ req }: AnyContext): void {
  const own = new URL(req.url).origin;
  const reads = readOnly.has(req.method);
  const origin = req.header("origin");
  const site = req.header("sec-fetch-site");
  const isOwnOrigin = origin === own || (origin === undefined && reads);
  const isOwnSite = site === undefined || site === "same-origin" || (site === "none" && reads);
  if (isOwnOrigin && isOwnSite) return;
  throw new Unauthenticated("An operator's session is good for pages of this host alone.");
}
