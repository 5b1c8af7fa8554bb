import { Hono } from "hono";
import { auth } from "./auth.ts";
import { events } from "./events.ts";
import { character } from "./character.ts";
import { rateLimitAddress } from "./rate-limit.ts";
import { erasures } from "./erasures.ts";
import { health } from "./health.ts";
import { images } from "./images.ts";
import { crossOrigin } from "./middleware/cross-origin.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import { metrics } from "./metrics.ts";
import { models } from "./models.ts";
import { ops } from "./ops/index.ts";
import { Problem, respond } from "./problem.ts";
import { regulations } from "./regulations.ts";
import { scan } from "./scan.ts";
import { stream } from "./stream.ts";
import { requireConfigured } from "./user.ts";
import { users } from "./users.ts";

/** The HTTP surface. */
export const app = new Hono<{ Bindings: Env }>()
  .onError(respond)
  .notFound((c) =>
    respond(new Problem("NOT_FOUND", `There is no ${c.req.method} ${c.req.path}.`), c),
  )
  .use(securityHeaders, crossOrigin)
  .use("/api/*", rateLimitAddress)
  .use("/api/v1/images/*", requireConfigured)
  .route("/", health)
  .route("/metrics", metrics)
  .route("/api/v1/auth", auth)
  .route("/api/v1/ops", ops)
  .route("/api/v1/regulations", regulations)
  .route("/api/v1/models", models)
  .route("/api/v1/character", character)
  .route("/api/v1/users", users)
  .route("/api/v1/events", events)
  .route("/api/v1/images", images)
  .route("/api/v1", stream)
  .route("/api/v1/scan", scan)
  .route("/api/v1/users", erasures);
