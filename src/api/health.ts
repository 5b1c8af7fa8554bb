import { Hono } from "hono";
import { authOf } from "../auth/auth.ts";
import { adaptersOf } from "../adapters.ts";

/** `/health` says that the Worker runs; `/ready` says that what it needs is there. */
export const health = new Hono<{ Bindings: Env }>()
  .get("/health", (c) => c.json({ status: "ok" as const, service: "eco2-edge" }))

  .get("/ready", async (c) => {
    const checks = {
      auth: () => untroubled(c.env),
      models: async () => adaptersOf(c.env).models.preferred,
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
      ? c.json({ status: "ok" as const, model: adaptersOf(c.env).models.preferred })
      : c.json({ status: "unavailable" as const, reasons: reasons.flat() }, 503);
  });

/** Rejects with all that keeps users from being known. */
async function untroubled(env: Env): Promise<void> {
  const { troubles, keys } = authOf(env);
  if (troubles.length > 0) throw new Error(troubles.join("; "));
  await keys?.get();
}
