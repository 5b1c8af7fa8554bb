import { auth } from "./auth-routes.ts";
import { events } from "./events-routes.ts";
import { character } from "./character-routes.ts";
import { rateLimitAddress, rateLimitFailures } from "./rate-limit.ts";
import { erasures } from "./erasures-routes.ts";
import { guestMerge } from "./guest-merge-routes.ts";
import { guests } from "./guest-routes.ts";
import { health } from "./health-routes.ts";
import { images } from "./images-routes.ts";
import { crossOrigin } from "./middleware/cross-origin.ts";
import { securityHeaders } from "./middleware/security-headers.ts";
import { metrics } from "./metrics-routes.ts";
import { models } from "./models-routes.ts";
import { ops } from "./ops/ops-routes.ts";
import { router } from "./openapi/define-routes.ts";
import { Problem, respond } from "./problem.ts";
import { push } from "./push-routes.ts";
import { regulations } from "./regulations-routes.ts";
import { scan } from "./scan-routes.ts";
import { schemas } from "./schemas-routes.ts";
import { stream } from "./stream-routes.ts";
import { requireConfigured } from "./user.ts";
import { users } from "./users-routes.ts";

const root = router(securityHeaders, crossOrigin);
root.onError(respond);
root.notFound((c) =>
  respond(new Problem("NOT_FOUND", `There is no ${c.req.method} ${c.req.path}.`), c),
);
// All but `/health`, which looks at nothing.
for (const path of ["/api/*", "/metrics", "/schemas/*", "/ready"]) {
  root.use(path, rateLimitAddress, rateLimitFailures);
}
root.use("/api/v1/images/*", requireConfigured);

export const app = root
  .route("/", health)
  .route("/metrics", metrics)
  .route("/schemas", schemas)
  // Before the sessions, which are closed where nobody can be authenticated.
  .route("/api/v1/auth", guests)
  .route("/api/v1/auth", guestMerge)
  .route("/api/v1/auth", auth)
  .route("/api/v1/ops", ops)
  .route("/api/v1/regulations", regulations)
  .route("/api/v1/models", models)
  .route("/api/v1/character", character)
  .route("/api/v1/users", users)
  .route("/api/v1/users", push)
  .route("/api/v1/events", events)
  .route("/api/v1/images", images)
  .route("/api/v1", stream)
  .route("/api/v1/scan", scan)
  .route("/api/v1/users", erasures);
