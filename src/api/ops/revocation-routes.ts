import { Hono } from "hono";
import { z } from "zod";
import { By, Why } from "../../ops-audit.ts";
import { listRevocations, revoke, RevocationPage, unrevoke } from "../../auth/revoke.ts";
import type { Revocation } from "../../auth/revocation.ts";
import { invalid, Problem } from "../problem.ts";
import { readJson } from "../read-json.ts";
import { iso } from "../../platform/iso.ts";

/** What is to be revoked, until when, by whom and why. */
export const Order = z.strictObject({
  kind: z.enum(["jti", "subject"]),
  value: z.string().min(1).max(255),
  /** The revocation ends by itself then; without it, never. */
  until: z.iso
    .datetime({ offset: true })
    .transform(Date.parse)
    .refine((at) => at > Date.now(), "has to be in the future")
    .nullish(),
  by: By,
  why: Why,
});
export const Undo = z.strictObject({ by: By });

/** Tokens that are refused before they run out, for operators. Every isolate knows within 30 seconds. */
export const revocations = new Hono<{ Bindings: Env }>()
  .post("/", async (c) => {
    const order = Order.safeParse(await readJson(c));
    if (!order.success) throw invalid(order.error);
    const { until = null, ...rest } = order.data;
    const revocation = { ...rest, until, revoked_at: Date.now() };
    return c.json(viewOf(await revoke(c.env.DB, revocation)), 201);
  })

  .get("/", async (c) => {
    const page = RevocationPage.safeParse(c.req.query());
    if (!page.success) throw invalid(page.error);
    const { revocations, next } = await listRevocations(c.env.DB, page.data, Date.now());
    return c.json({ revocations: revocations.map(viewOf), next_cursor: next });
  })

  .delete("/:kind/:value", async (c) => {
    const undo = Undo.safeParse(await readJson(c));
    if (!undo.success) throw invalid(undo.error);
    const { kind, value } = c.req.param();
    if (!(await unrevoke(c.env.DB, { kind, value, by: undo.data.by }))) {
      throw new Problem("REVOCATION_NOT_FOUND", "Nothing of this kind and value is revoked.");
    }
    return c.body(null, 204);
  });

const viewOf = ({ revoked_at, until, ...rest }: Revocation) => ({
  ...rest,
  revoked_at: iso(revoked_at),
  until: iso(until),
});
