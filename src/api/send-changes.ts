import type { Context } from "hono";
import { log } from "../platform/log.ts";
import { followChanges } from "../webhooks/follow-changes.ts";

/** Sends a change that was made to its receivers, after the answer. The cron sends what is left out here. */
export function sendChanges({ env, executionCtx }: Context<{ Bindings: Env }>): void {
  if (!env.CHANGE_WEBHOOK_URLS) return;
  executionCtx.waitUntil(
    followChanges(env).catch((error: unknown) => {
      log("error", "changes.not_sent", { error: String(error) });
    }),
  );
}
