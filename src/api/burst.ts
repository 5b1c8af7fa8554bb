import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { Problem } from "./problem.ts";

type AnyContext =
  | Context<{ Bindings: Env }>
  | Context<{ Bindings: Env; Variables: { userId: string } }>;

/** Both bindings count in windows of a minute. */
const windowSeconds = 60;

/**
 * Holds off who sends more than anybody needs, by address. It is counted by location and not exactly,
 * so it is against abuse only; a local server has one client and does not count.
 */
export const limitAddress = createMiddleware<{ Bindings: Env }>(
  async function limitAddress(c, next) {
    const address = c.req.header("cf-connecting-ip") ?? "unknown";
    await count(c, c.env.BURST_PER_ADDRESS, address);
    await next();
  },
);

/** The same by user, once it is known who asks. */
export const limitUser = (c: AnyContext, userId: string): Promise<void> =>
  count(c, c.env.BURST_PER_USER, userId);

async function count(c: AnyContext, limit: RateLimit, key: string): Promise<void> {
  if (c.env.AUTH_MODE === "dev" || (await limit.limit({ key })).success) return;
  c.header("retry-after", String(windowSeconds));
  throw new Problem(
    "RATE_LIMITED",
    `Too many requests in a short time; wait ${windowSeconds} seconds.`,
  );
}
