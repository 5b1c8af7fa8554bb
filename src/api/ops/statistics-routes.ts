import { z } from "zod";
import { Correction, readCorrections } from "../../statistics/corrections.ts";
import { ModelCost, readCosts } from "../../statistics/costs.ts";
import { Days, firstDay } from "../../statistics/period.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { body, json } from "../openapi/response-bodies.ts";

const from = z.iso.date().describe("The first day (UTC).");

const Costs = body("Costs", "What scans cost, the last day first.", {
  from,
  costs: z.array(ModelCost),
});
const Corrections = body("Corrections", "What residents chose where they were asked.", {
  from,
  asked: z.int().describe("Confirmations in all."),
  corrected: z.int().describe("Those of another class than the model had thought of first."),
  corrections: z.array(Correction).describe("The most frequent first."),
});

const route = defineRoutes("Ops: statistics", "operator");

const getCosts = route("get", "/costs", "getCosts", {
  summary: "What scans cost a day, by model and provider",
  description:
    "From the projection `daily-statistics`: scans that ended, at the prices of the catalog.",
  request: { query: Days },
  responses: { 200: json("The costs.", Costs) },
});

const getCorrections = route("get", "/corrections", "getCorrections", {
  summary: "Which classes residents corrected",
  description: "From the projection `confirmations`. Nothing in it names a user.",
  request: { query: Days },
  responses: { 200: json("The corrections.", Corrections) },
});

export const statistics = router()
  .openapi(getCosts, async (c) => {
    const [{ days }, now] = [c.req.valid("query"), Date.now()];
    const costs = await readCosts(c.env.DB, days, now);
    return c.json({ from: firstDay(days, now), costs }, 200);
  })

  .openapi(getCorrections, async (c) => {
    const [{ days }, now] = [c.req.valid("query"), Date.now()];
    const corrections = await readCorrections(c.env.DB, days, now);
    return c.json({ from: firstDay(days, now), ...corrections }, 200);
  });
