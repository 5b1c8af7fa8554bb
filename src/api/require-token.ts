import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { timingSafeEqual } from "hono/utils/buffer";
import { Problem } from "./problem.ts";

type TokenName = "OPS_TOKEN" | "EVENTS_TOKEN";

/** Lets in whoever sends a secret as `Authorization: Bearer`; while it is not set, nobody. */
export const requireToken = (name: TokenName) =>
  createMiddleware<{ Bindings: Env }>(async function requireToken(c, next) {
    await assertToken(c, name);
    await next();
  });

/** Throws unless a request has a secret. */
export async function assertToken(c: Context<{ Bindings: Env }>, name: TokenName): Promise<void> {
  const secret = c.env[name];
  const sent = /^Bearer (.+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  // Hashes are compared, which takes the same time whatever is sent.
  if (secret && (await timingSafeEqual(sent, secret))) return;
  throw new Problem(
    "UNAUTHORIZED",
    secret
      ? `Send Authorization: Bearer with the ${name}.`
      : `These routes are closed: no ${name} is set.`,
  );
}
