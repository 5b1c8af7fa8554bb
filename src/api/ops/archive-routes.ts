import { Hono } from "hono";
import { z } from "zod";
import { restoreEvents } from "../../events/restore-events.ts";
import { audit, By, Why } from "../../ops-audit.ts";
import { invalid } from "../problem.ts";
import { readJson } from "../read-json.ts";
import { iso } from "../../platform/iso.ts";

const time = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })])
  .transform((text) => Date.parse(text));
/** Which part of the archive is to be restored, by whom and why. */
export const Span = z
  .strictObject({
    from: time,
    to: time,
    by: By,
    why: Why,
  })
  .refine(({ from, to }) => from < to, { path: ["to"], error: "has to be after from" });

/** The archived part of the event log. */
export const events = new Hono<{ Bindings: Env }>()
  /** Whole hours, a bounded number a call: `next` is where the following call is to begin. */
  .post("/restore", async (c) => {
    const span = Span.safeParse(await readJson(c));
    if (!span.success) throw invalid(span.error);
    const { from, to, by, why } = span.data;
    const target = `${iso(from)}/${iso(to)}`;
    await audit(c.env.DB, { by, action: "events.restore", target, detail: { why } });
    const { next, ...restored } = await restoreEvents(c.env, { from, to });
    return c.json({ ...restored, next: next === null ? null : iso(next) });
  });
