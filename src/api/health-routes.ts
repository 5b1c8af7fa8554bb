import type { Context } from "hono";
import { z } from "zod";
import { adaptersOf } from "../adapters.ts";
import { authOf } from "../auth/auth.ts";
import { isFromThisMachine } from "../auth/loopback.ts";
import { secretErrors } from "../auth/secret-errors.ts";
import { vapidError } from "../web-push/vapid.ts";
import { secretsEqual } from "../auth/secrets.ts";
import { log } from "../platform/log.ts";
import { retiringModels } from "../models/retirement.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { body, json, network } from "./openapi/response-bodies.ts";
import { startHeader } from "./start-header.ts";

const Health = body("Health", "The Worker runs.", { status: z.literal("ok"), service: z.string() });

const Ready = body("Ready", "Everything that the Worker needs is there.", {
  status: z.literal("ok"),
  model: z.string().describe("The model of a scan that names none."),
  warnings: z
    .array(z.object({ part: z.string(), reason: z.string() }))
    .describe("What still works, and needs an operator, such as a retiring model."),
});

const Unavailable = body("Unavailable", "What is missing, and why.", {
  status: z.literal("unavailable"),
  reasons: z.array(z.object({ part: z.string(), reason: z.string() })),
});

/** `npm start` gives its server this beside the settings; a deployed one has none. */
const LocalStart = z.object({ START_NONCE: z.string() });

const route = defineRoutes("Health", "probe");

const getHealth = route("get", "/health", "getHealth", {
  summary: "Whether the Worker runs",
  responses: { 200: json("It runs.", Health) },
  beside: network("4XX"),
});

const getReadiness = route("get", "/ready", "getReadiness", {
  summary: "Whether everything that the Worker needs is there",
  description:
    "The reasons are for operators, who send `OPS_TOKEN`; others read which parts are missing.",
  responses: {
    200: json("It can serve.", Ready),
    503: json("It cannot serve, with the reasons.", Unavailable),
  },
  beside: network("4XX"),
});

export const health = router()
  .openapi(getHealth, (c) => c.json({ status: "ok" as const, service: "eco2-edge" }, 200))

  .openapi(getReadiness, async (c) => {
    const { data: start } = LocalStart.safeParse(c.env);
    if (start) c.header(startHeader, start.START_NONCE);
    const isOperator = await mayReadReasons(c, start !== undefined);
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
          const reason = String(error);
          log("error", "ready.failed", { part, reason });
          return [{ part, reason: isOperator ? reason : hidden }];
        }
      }),
    );
    if (reasons.flat().length > 0) {
      return c.json({ status: "unavailable" as const, reasons: reasons.flat() }, 503);
    }
    const model = adaptersOf(c.env).models.defaultModel;
    const warnings = retiringModels(c.env, Date.now()).map(({ reason }) => ({
      part: "models",
      reason,
    }));
    return c.json({ status: "ok" as const, model, warnings }, 200);
  });

/** A stranger reads which part is missing, and no more. */
const hidden = "See the log, or ask with OPS_TOKEN.";

/** Operators, and whoever is on the machine of a local server. */
async function mayReadReasons(c: Context<{ Bindings: Env }>, isStarted: boolean): Promise<boolean> {
  const { AUTH_MODE, OPS_TOKEN } = c.env;
  const isLocal = isStarted || AUTH_MODE === "dev";
  if (isLocal && isFromThisMachine(new URL(c.req.url), (name) => c.req.header(name))) {
    return true;
  }
  const [, token = ""] = /^Bearer +(\S+)$/i.exec(c.req.header("authorization") ?? "") ?? [];
  return Boolean(OPS_TOKEN) && secretsEqual(token, OPS_TOKEN);
}

/**
 * Rejects with every config error of authentication, and when the keys or the revocations, which each request
 * with a token needs, cannot be loaded.
 */
async function assertAuthReady(env: Env): Promise<void> {
  const { configErrors, keys, verify, guests, revoked } = authOf(env);
  const errors = [...configErrors, ...secretErrors(env), vapidError(env)].filter(
    (it) => it !== null,
  );
  if (errors.length > 0) throw new Error(errors.join("; "));
  await keys?.();
  if (verify || guests) await revoked();
}
