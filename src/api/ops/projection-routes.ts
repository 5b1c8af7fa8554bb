import { type Context, Hono } from "hono";
import { z } from "zod";
import { catchUp } from "../../events/catch-up.ts";
import { keyOf } from "../../events/archived-hour.ts";
import { projections as table } from "../../events/projections/projections.ts";
import type { Projection } from "../../events/projections/projection.ts";
import {
  missingHours,
  projectionStatuses,
  resetProjection,
} from "../../events/reset-projection.ts";
import { By, Why } from "../../ops-audit.ts";
import { invalid, Problem } from "../problem.ts";
import { readJson } from "../read-json.ts";
import { iso } from "../../platform/iso.ts";

/** How far a rebuild goes before it is answered; batches and the cron do the rest. */
const slicesPerRebuild = 20;

/** Who wants it, and why. */
export const Order = z.strictObject({
  by: By,
  why: Why,
});

/** The projections of the event log, and how far each is. */
export const projections = new Hono<{ Bindings: Env }>()
  .get("/", async (c) => c.json({ projections: (await projectionStatuses(c.env.DB)).map(viewOf) }))

  .post("/:name/rebuild", async (c) => {
    const { DB } = c.env;
    const projection = projectionIn(c);
    const order = await orderIn(c);
    if (!(await resetProjection(DB, projection, order))) throw await archived(DB);
    await catchUp(DB, projection, slicesPerRebuild);
    const position = (await projectionStatuses(DB)).find(({ name }) => name === projection.name);
    return c.json(position && viewOf(position), 202);
  });

function projectionIn(c: Context): Projection {
  const projection = table.find(({ name }) => name === c.req.param("name"));
  if (projection) return projection;
  const names = table.map(({ name }) => name).join(", ");
  throw new Problem("PROJECTION_NOT_FOUND", `No projection has this name; there are ${names}.`);
}

async function orderIn(c: Context) {
  const order = Order.safeParse(await readJson(c));
  if (!order.success) throw invalid(order.error);
  return order.data;
}

async function archived(db: D1Database): Promise<Problem> {
  const { first, last, hours } = await missingHours(db);
  return new Problem(
    "LOG_ARCHIVED",
    "The log does not begin at its beginning any more, and nothing was changed. Restore the " +
      "archived hours first: POST /api/v1/ops/events/restore, or npm run events:restore.",
    {
      hours,
      first: first === null ? null : keyOf(first),
      last: last === null ? null : keyOf(last),
    },
  );
}

const viewOf = ({
  updated_at,
  ...position
}: Awaited<ReturnType<typeof projectionStatuses>>[number]) => ({
  ...position,
  updated_at: updated_at === 0 ? null : iso(updated_at),
});
