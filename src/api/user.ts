import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import { authOf } from "../auth/auth.ts";
import { assertConfigured, identify, type Identity, type Credentials } from "../auth/identify.ts";
import { rateLimitUser } from "./rate-limit.ts";
import { isTrustedOrigin } from "../auth/origins.ts";
import { Unauthenticated } from "../auth/auth-errors.ts";

export interface UserEnv {
  Bindings: Env;
  Variables: { userId: string; username: string | null };
}

/** Of any route. */
interface ApiEnv {
  Bindings: Env;
}

/** Answers 401 unless the request is authenticated. */
export const requireUser = createMiddleware<UserEnv>(async function requireUser(c, next) {
  const { userId, username } = await authenticate(c);
  await rateLimitUser(c, userId);
  c.set("userId", userId);
  c.set("username", username);
  await next();
});

/** Answers 401 where no authentication is configured, on routes whose signed URLs are their own credentials. */
export const requireConfigured = createMiddleware<{ Bindings: Env }>(
  async function requireConfigured(c, next) {
    assertConfigured(authOf(c.env));
    await next();
  },
);

/** The identity of a request. Rejects with `Unauthenticated`, which is a 401, or with `AuthUnavailable`, a 503. */
export async function authenticate<Any extends ApiEnv>(c: Context<Any, string>): Promise<Identity> {
  const identity = await identify(authOf(c.env), credentialsOf(c));
  if (identity.by === "cookie" && acts(c)) requireTrustedOrigin(c);
  return identity;
}

export const credentialsOf = <Any extends ApiEnv>(c: Context<Any, string>): Credentials => ({
  url: new URL(c.req.url),
  header: (name) => c.req.header(name),
  cookie: (name) => getCookie(c, name),
});

/**
 * Refuses what a page of somebody else sent with its visitor's cookies. It is no 403, which logs
 * users of the existing front end out.
 */
export function requireTrustedOrigin<Any extends ApiEnv>(c: Context<Any, string>): void {
  if (isTrustedOrigin(authOf(c.env).origins, new URL(c.req.url), c.req.header("origin"))) return;
  throw new Unauthenticated(
    "A change by cookie needs an Origin that is ours or one of ALLOWED_ORIGINS.",
  );
}

const readOnly = new Set(["GET", "HEAD", "OPTIONS"]);

/** Whether a request changes something, or opens a WebSocket, which any page may read. */
const acts = ({ req }: Pick<Context, "req">) =>
  !readOnly.has(req.method) || req.header("upgrade") !== undefined;
