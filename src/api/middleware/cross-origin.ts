import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import { authOf } from "../../auth/auth.ts";
import { isAllowedOrigin } from "../../auth/origins.ts";
import { log } from "../../platform/log.ts";

const options = {
  credentials: true,
  allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
  allowHeaders: [
    "Accept",
    "Authorization",
    "baggage",
    "Cache-Control",
    "Content-Type",
    "Idempotency-Key",
    "If-None-Match",
    "Last-Event-ID",
    "sentry-trace",
    "traceparent",
    "tracestate",
    "X-Dev-Key",
    "X-Frontend-Origin",
    "X-Idempotency-Key",
    "X-Requested-With",
    "X-User-ID",
  ],
  exposeHeaders: ["ETag", "Location", "RateLimit", "RateLimit-Policy", "Retry-After"],
  maxAge: 600,
};

/**
 * Lets pages of `ALLOWED_ORIGINS` call with cookies, by exact origin, and answers their preflights.
 * A WebSocket asks for no leave: its route looks at the origin itself.
 */
export const crossOrigin = createMiddleware<{ Bindings: Env }>(async function crossOrigin(c, next) {
  if (c.req.header("upgrade") !== undefined) return next();
  if (c.req.header("origin") === undefined) {
    await next();
    // Caches are not to hand this answer to a page.
    c.header("vary", "Origin", { append: true });
    return;
  }
  const { origins } = authOf(c.env);
  const ownOrigin = new URL(c.req.url).origin;
  const origin = (asked: string) => {
    if (isAllowedOrigin(origins, asked)) return asked;
    if (asked !== ownOrigin) noteBlocked(asked);
    return null;
  };
  return cors({ ...options, origin })(c, next);
});

/** Blocked origins that the log has; it has each of them once. */
const noted = new Set<string>();
const mostNoted = 100;
const longest = 200;
const scheme = /^\w+:\/\//;

/** A browser says no more than that it was blocked. */
function noteBlocked(asked: string): void {
  const origin = asked.slice(0, longest);
  if (noted.has(origin) || noted.size >= mostNoted) return;
  noted.add(origin);
  // The log leaves out whole addresses.
  log("warn", "origin.blocked", { host: origin.replace(scheme, ""), allow: "ALLOWED_ORIGINS" });
}
