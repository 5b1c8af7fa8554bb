import { z } from "zod";
import { adaptersOf } from "../adapters.ts";
import { authOf } from "../auth/auth.ts";
import { defineRoute, router } from "./openapi/define-route.ts";
import { json, network } from "./openapi/response-bodies.ts";

const Health = z
  .object({ status: z.literal("ok"), service: z.string() })
  .meta({ id: "Health", description: "The Worker runs." });

const Ready = z
  .object({
    status: z.literal("ok"),
    model: z.string().meta({ description: "The model of a scan that names none." }),
  })
  .meta({ id: "Ready", description: "Everything that the Worker needs is there." });

const Unavailable = z
  .object({
    status: z.literal("unavailable"),
    reasons: z.array(z.object({ part: z.string(), reason: z.string() })),
  })
  .meta({ id: "Unavailable", description: "What is missing, and why." });

const getHealth = defineRoute({
  method: "get",
  path: "/health",
  operationId: "getHealth",
  summary: "Whether the Worker runs",
  tag: "Health",
  access: "probe",
  responses: { 200: json("It runs.", Health) },
  beside: network("4XX"),
});

const getReadiness = defineRoute({
  method: "get",
  path: "/ready",
  operationId: "getReadiness",
  summary: "Whether everything that the Worker needs is there",
  tag: "Health",
  access: "probe",
  responses: {
    200: json("It can serve.", Ready),
    503: json("It cannot serve, with the reasons.", Unavailable),
  },
  beside: network("4XX"),
});

export const health = router()
  .openapi(getHealth, (c) => c.json({ status: "ok" as const, service: "eco2-edge" }, 200))

  .openapi(getReadiness, async (c) => {
    const checks = {
      auth: () => assertAuthReady(c.env),
      models: async () => adaptersOf(c.env).models.defaultModel,
      regulations: () => adaptersOf(c.env).regulations.current(),
      characters: () => c.env.DB.prepare("SELECT 1 FROM characters LIMIT 1").first(),
    };
    const reasons = await Promise.all(
      Object.entries(checks).map(async ([part, check]) => {
        try {
          await check();
          return [];
        } catch (error) {
          return [{ part, reason: String(error) }];
        }
      }),
    );
    return reasons.flat().length === 0
      ? c.json({ status: "ok" as const, model: adaptersOf(c.env).models.defaultModel }, 200)
      : c.json({ status: "unavailable" as const, reasons: reasons.flat() }, 503);
  });

/** Rejects with every config error of authentication, and when the keys cannot be loaded. */
async function assertAuthReady(env: Env): Promise<void> {
  const { configErrors, keys } = authOf(env);
  if (configErrors.length > 0) throw new Error(configErrors.join("; "));
  await keys?.();
}
