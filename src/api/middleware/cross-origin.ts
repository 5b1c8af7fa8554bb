import { cors } from "hono/cors";
import { createMiddleware } from "hono/factory";
import { authOf } from "../../auth/auth.ts";

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
  const { allowed } = authOf(c.env).origins;
  return cors({ ...options, origin: (origin) => (allowed.has(origin) ? origin : null) })(c, next);
});
