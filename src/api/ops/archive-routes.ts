import { z } from "zod";
import { restoreEvents } from "../../events/restore-events.ts";
import { audit, By, Why } from "../../ops-audit.ts";
import { iso } from "../../platform/iso.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { body, json, jsonBody } from "../openapi/response-bodies.ts";
import { readBody } from "../read-body.ts";

const time = z
  .union([z.iso.date(), z.iso.datetime({ offset: true })])
  .transform((text) => Date.parse(text));

const RestoreOrder = z
  .strictObject({ from: time, to: time, by: By, why: Why })
  .refine(({ from, to }) => from < to, { path: ["to"], error: "has to be after from" })
  .meta({
    id: "RestoreOrder",
    description: "Which part of the archive, as dates or times, by whom and why.",
  });

const Restored = body("Restored", "What is in the log again, for a day at least.", {
  hours: z.int(),
  events: z.int(),
  next: z.iso
    .datetime()
    .nullable()
    .describe("Where the next call is to begin; null when all of it is there."),
  missing: z.array(z.string()).describe("Hours whose objects are gone."),
});

const route = defineRoutes("Ops: archive", "operator");

const restoreEventsRoute = route("post", "/restore", "restoreEvents", {
  summary: "Put archived hours back into the log",
  description: "At most 24 hours of the log a call; what is there already stays as it is.",
  requestBody: jsonBody(RestoreOrder, {
    "one day": { from: "2026-10-01", to: "2026-10-02", by: "kim", why: "an audit" },
  }),
  responses: { 200: json("What was restored.", Restored) },
});

export const archive = router().openapi(restoreEventsRoute, async (c) => {
  const { from, to, by, why } = await readBody(c, RestoreOrder);
  const target = `${iso(from)}/${iso(to)}`;
  await audit(c.env.DB, { by, action: "events.restore", target, detail: { why } });
  const { next, ...restored } = await restoreEvents(c.env, { from, to });
  return c.json({ ...restored, next: iso(next) }, 200);
});
