import { createMiddleware } from "hono/factory";

/** The security headers of every response, unless the route sets its own. */
const headers = {
  // A route whose answers anybody may store names that itself.
  "cache-control": "private, no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  // CORS decides which other origins may read, and this does not change it; nobody embeds an answer.
  "cross-origin-resource-policy": "same-origin",
  // Should a browser ever show an answer as a page, nothing in it runs.
  "content-security-policy":
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-frame-options": "DENY",
};

/** Adds the headers that protect browsers; hono's own would break the opening of a WebSocket. */
export const securityHeaders = createMiddleware(async function securityHeaders(c, next) {
  await next();
  // The headers of an upgrade are immutable, and mean nothing to a socket.
  if (c.res.status === 101) return;
  for (const [name, value] of Object.entries(headers)) {
    if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  }
});
