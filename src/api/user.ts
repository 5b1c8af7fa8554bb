import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import { authOf } from "../auth/auth.ts";
import { assertConfigured, identify, type Identity, type Shown } from "../auth/identify.ts";
import { limitUser } from "./burst.ts";
import { isTrustedOrigin } from "../auth/origins.ts";
import { Refusal } from "../auth/refusal.ts";

export interface UserEnv {
  Bindings: Env;
  Variables: { userId: string };
}

type AnyContext = Context<{ Bindings: Env }> | Context<UserEnv>;

/** Refuses with 401 whoever is not known. */
export const requireUser = createMiddleware<UserEnv>(async function requireUser(c, next) {
  const { userId } = await whoAsks(c);
  await limitUser(c, userId);
  c.set("userId", userId);
  await next();
});

/** Refuses everybody where nobody can be known, on routes whose addresses let in by themselves. */
export const requireConfigured = createMiddleware<{ Bindings: Env }>(
  async function requireConfigured(c, next) {
    assertConfigured(authOf(c.env));
    await next();
  },
);

/** Who is asking. Rejects with `Refusal`, which is a 401, or with `Undecided`, a 503. */
export async function whoAsks(c: AnyContext): Promise<Identity> {
  const identity = await identify(authOf(c.env), shownBy(c));
  if (identity.by === "cookie" && acts(c)) requireTrustedOrigin(c);
  return identity;
}

/** What a request shows of who is asking. */
export const shownBy = (c: AnyContext): Shown => ({
  url: new URL(c.req.url),
  header: (name) => c.req.header(name),
  cookie: (name) => getCookie(c, name),
});

/**
 * Refuses what a page of somebody else sent with its visitor's cookies. It is no 403, which logs
 * users of the existing front end out.
 */
export function requireTrustedOrigin(c: AnyContext): void {
  if (isTrustedOrigin(authOf(c.env).origins, new URL(c.req.url), c.req.header("origin"))) return;
  throw new Refusal("A change by cookie needs an Origin that is ours or one of ALLOWED_ORIGINS.");
}

const readOnly = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether a request changes something, or opens a WebSocket, which any page may read. */
const acts = ({ req }: AnyContext) =>
  !readOnly.has(req.method) || req.header("upgrade") !== undefined;
