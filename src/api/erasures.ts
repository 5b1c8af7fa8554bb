import { Hono } from "hono";
import { z } from "zod";
import { readReceipt } from "../erasure/erasure-receipts.ts";
import { Problem } from "./problem.ts";
import { requireUser, type UserEnv } from "./user.ts";
import { iso } from "../platform/iso.ts";

const Id = z.uuid();

/** A user's right to be forgotten: asked for here, carried out by an object, and proven by a receipt. */
export const erasures = new Hono<UserEnv>()
  .use(requireUser)

  .delete("/me", async (c) => {
    const userId = c.get("userId");
    const id = await c.env.ERASURE.getByName(userId).start(userId);
    const receipt_url = `/api/v1/users/me/erasures/${id}`;
    return c.json({ id, status: "running" as const, receipt_url }, 202, { location: receipt_url });
  })

  .get("/me/erasures/:id", async (c) => {
    const id = Id.safeParse(c.req.param("id"));
    const receipt = id.success ? await readReceipt(c.env.DB, id.data, c.get("userId")) : null;
    if (!receipt) throw new Problem("NOT_FOUND", "No erasure of yours has this id.");
    const { status, removed, requested_at, ended_at } = receipt;
    return c.json({
      id: receipt.id,
      status,
      removed,
      requested_at: iso(requested_at),
      ended_at: iso(ended_at),
    });
  });
