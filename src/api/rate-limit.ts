import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { Problem } from "./problem.ts";

/** What the context of any route has. */
type Counted = Pick<Context<{ Bindings: Env }>, "env" | "header">;

/** Both bindings count in windows of a minute. */
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
  c.header("retry-after", String(windowSeconds));
  throw new Problem(
    "RATE_LIMITED",
    `Too many requests in a short time; wait ${windowSeconds} seconds.`,
  );
}
