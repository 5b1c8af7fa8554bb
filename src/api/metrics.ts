import { Hono } from "hono";
import { contentType, exposition } from "../metrics/exposition.ts";
import { collectMetrics } from "../metrics/collect-metrics.ts";
import { requireToken } from "./require-token.ts";

/** What Prometheus scrapes, with the operators' token as its credentials. */
export const metrics = new Hono<{ Bindings: Env }>().get(
  "/",
  requireToken("OPS_TOKEN"),
  async (c) =>
    c.body(exposition(await collectMetrics(c.env)), 200, { "content-type": contentType }),
);
