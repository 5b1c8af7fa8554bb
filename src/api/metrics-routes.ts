import { z } from "zod";
import { collectMetrics } from "../metrics/collect-metrics.ts";
import { contentType, exposition } from "../metrics/exposition.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { content } from "./openapi/response-bodies.ts";
import { requireToken } from "./require-token.ts";

const Exposition = z
  .string()
  .regex(/# EOF\n$/)
  .meta({
    id: "Exposition",
    description: "OpenMetrics text. Families are listed even while they have no samples.",
  });

const route = defineRoutes("Metrics", "scraper");

const getMetrics = route("get", "/", "getMetrics", {
  summary: "Every metric, as OpenMetrics",
  responses: { 200: content("The metrics.", contentType, Exposition) },
});

/** What Prometheus scrapes, with the operators' token as its credentials. */
export const metrics = router(requireToken("OPS_TOKEN")).openapi(getMetrics, async (c) =>
  c.body(exposition(await collectMetrics(c.env)), 200, { "content-type": contentType }),
);
