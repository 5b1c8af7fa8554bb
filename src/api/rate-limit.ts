import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { Problem } from "./problem.ts";

/** What the context of any route has. */
type Counted = Pick<Context<{ Bindings: Env }>, "env" | "header">;

/** Each binding counts in windows of a minute. */
const windowSeconds = 60;

/**
 * Limits requests per IP address. The binding counts per location and inexactly, so it is against
 * abuse only. A development server does not count.
 */
export const rateLimitAddress = createMiddleware<{ Bindings: Env }>(
  async function rateLimitAddress(c, next) {
    const address = c.req.header("cf-connecting-ip") ?? "unknown";
    await count(c, c.env.RATE_LIMIT_PER_ADDRESS, address);
    await next();
  },
);

/** Limits requests per user, once the request is authenticated. */
export const rateLimitUser = (c: Counted, userId: string): Promise<void> =>
  count(c, c.env.RATE_LIMIT_PER_USER, userId);

async function count(c: Counted, limit: RateLimit, key: string): Promise<void> {
  if (c.env.AUTH_MODE === "dev" || (await limit.limit({ key })).success) return;
  throw tooMany(c, "requests");
}

/** Those that failed too often in this isolate, and until when they are refused, Unix ms. */
const refusedUntil = new Map<string, number>();
const mostRefused = 1_000;

/**
 * Limits failures to authenticate per IP address and kind of secret: after so many, the address is refused before
 * another guess is looked at. What comes from no address, such as another Worker, is not counted.
 */
export const rateLimitFailures = createMiddleware<{ Bindings: Env }>(
  async function rateLimitFailures(c, next) {
    const address = c.req.header("cf-connecting-ip");
    if (address === undefined) return next();
    const key = `${kindOfSecret(c.req.path)} ${address}`;
    if ((refusedUntil.get(key) ?? 0) > Date.now()) throw tooMany(c, "failures");
    await next();
    if (!isFailure(c) || (await c.env.RATE_LIMIT_FAILURES.limit({ key })).success) return;
    if (refusedUntil.size >= mostRefused) refusedUntil.clear();
    refusedUntil.set(key, Date.now() + windowSeconds * 1_000);
    throw tooMany(c, "failures");
  },
);

const kindOfSecret = (path: string): string =>
  /^\/(?:metrics|api\/v1\/(?:ops|events))(?=\/|$)/.exec(path)?.[0] ?? "user";

/** A signed address that is not good is answered as one that names nothing. */
const isFailure = ({ req, res }: Pick<Context, "req" | "res">): boolean =>
  res.status === 401 || (req.query("token") !== undefined && [404, 410].includes(res.status));

function tooMany(c: Counted, what: "requests" | "failures"): Problem {
  c.header("retry-after", String(windowSeconds));
  return new Problem(
    "RATE_LIMITED",
    `Too many ${what} in a short time; wait ${windowSeconds} seconds.`,
  );
}
