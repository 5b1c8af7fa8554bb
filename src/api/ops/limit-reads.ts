import { createMiddleware } from "hono/factory";
import { withTimeout } from "../../platform/timeout.ts";
import { Problem } from "../problem.ts";

/** How long a read may take, ms: longer than the longest export does, and less than pages wait. */
const readMs = 30_000;

/**
 * Answers 503 to a read that takes too long, so that a store that hangs holds no page up. A change goes on: what has
 * become of it would not be known.
 */
export const limitReads = createMiddleware(async function limitReads(c, next) {
  if (c.req.method !== "GET") return next();
  try {
    await withTimeout(readMs, next);
  } catch {
    // The time is over: an error of a route is answered before it comes here.
    c.header("retry-after", "5");
    throw new Problem("UNAVAILABLE", "The server's stores did not answer in time. Try again.");
  }
});
