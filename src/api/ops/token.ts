import { createMiddleware } from "hono/factory";
import { timingSafeEqual } from "hono/utils/buffer";
import { Problem } from "../problem.ts";

/** Lets in whoever sends `Authorization: Bearer OPS_TOKEN`; without a token set, nobody. */
export const requireOpsToken = createMiddleware<{ Bindings: Env }>(
  async function requireOpsToken(c, next) {
    const { OPS_TOKEN } = c.env;
    const sent = /^Bearer (.+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
    // Hashes are compared, which takes the same time whatever is sent.
    if (!OPS_TOKEN || !(await timingSafeEqual(sent, OPS_TOKEN))) {
      throw new Problem(
        "UNAUTHORIZED",
        OPS_TOKEN
          ? "Send Authorization: Bearer with the OPS_TOKEN."
          : "The ops routes are closed: no OPS_TOKEN is set.",
      );
    }
    await next();
  },
);
