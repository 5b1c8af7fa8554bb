import { Hono } from "hono";
import { authOf } from "../auth/auth.ts";
import { adaptersOf } from "../adapters.ts";

/** `/health` says that the Worker runs; `/ready` says that what it needs is there. */
export const health = new Hono<{ Bindings: Env }>()
  .get("/health", (c) => c.json({ status: "ok" as const, service: "eco2-edge" }))

  .get("/ready", async (c) => {
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
      ? c.json({ status: "ok" as const, model: adaptersOf(c.env).models.defaultModel })
      : c.json({ status: "unavailable" as const, reasons: reasons.flat() }, 503);
  });

/** Rejects with every config error of authentication, and when the keys cannot be loaded. */
async function assertAuthReady(env: Env): Promise<void> {
  const { configErrors, keys } = authOf(env);
  if (configErrors.length > 0) throw new Error(configErrors.join("; "));
  await keys?.get();
}
