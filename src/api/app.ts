import { Hono } from "hono";
import { health } from "./health.ts";
import { models } from "./models.ts";
import { ops } from "./ops/index.ts";
import { Problem, respond } from "./problem.ts";
import { regulations } from "./regulations.ts";
import { scan } from "./scan.ts";
import { stream } from "./stream.ts";

/** The HTTP surface. */
export const app = new Hono<{ Bindings: Env }>()
  .onError(respond)
  .notFound((c) =>
    respond(new Problem("NOT_FOUND", `There is no ${c.req.method} ${c.req.path}.`), c),
  )
  .route("/", health)
  .route("/api/v1/ops", ops)
  .route("/api/v1/regulations", regulations)
  .route("/api/v1/models", models)
  .route("/api/v1", stream)
  .route("/api/v1/scan", scan);
