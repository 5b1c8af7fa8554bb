import { type Context, Hono } from "hono";
import { z } from "zod";
import { catchUp } from "../../events/catch-up.ts";
import { keyOf } from "../../events/archived-hour.ts";
import { readerLetters, retryLetters } from "../../dead-letters/projection-dead-letters.ts";
import { projections as table } from "../../events/projections/projections.ts";
import type { Projection } from "../../events/projections/projection.ts";
import {
  missingHours,
  projectionStatuses,
  resetProjection,
} from "../../events/reset-projection.ts";
import { audit, By, Why } from "../../ops-audit.ts";
import { invalid, Problem } from "../problem.ts";
import { readJson } from "../read-json.ts";
import { iso } from "../../platform/iso.ts";

/** How far a rebuild comes before it is answered; batches and the cron take it the rest of the way. */
const slicesPerRebuild = 20;

/** Who wants it, and why. */
export const Order = z.strictObject({
  by: By,
  why: Why,
});
export const After = z.object({ after: z.coerce.number().int().min(0).optional() });

/** Who reads the event log, how far each is, and what it could not apply. */
export const readers = new Hono<{ Bindings: Env }>()
  .get("/", async (c) => c.json({ readers: (await projectionStatuses(c.env.DB)).map(viewOf) }))

  .post("/:name/rebuild", async (c) => {
    const { DB } = c.env;
    const reader = readerIn(c);
    const order = await orderIn(c);
    if (!(await resetProjection(DB, reader, order))) throw await archived(DB);
    await catchUp(DB, reader, slicesPerRebuild);
    const position = (await projectionStatuses(DB)).find(({ name }) => name === reader.name);
    return c.json(position && viewOf(position), 202);
  })

  .get("/:name/dead-letters", async (c) => {
    const letters = await readerLetters(c.env.DB, readerIn(c), afterIn(c));
    return c.json({
      dead_letters: letters.map(({ cursor, error, at, job_id, seq, type }) => ({
        cursor,
        error,
        at: iso(at),
        job_id,
        seq,
        type,
      })),
    });
  })

  .post("/:name/dead-letters/retry", async (c) => {
    const { DB } = c.env;
    const reader = readerIn(c);
    const { by, why } = await orderIn(c);
    const after = afterIn(c);
    const action = "reader.retry-dead-letters";
    await audit(DB, { by, action, target: reader.name, detail: { why, after } });
    return c.json(await retryLetters(DB, reader, after));
  });

function readerIn(c: Context): Projection {
  const reader = table.find(({ name }) => name === c.req.param("name"));
  if (reader) return reader;
  const names = table.map(({ name }) => name).join(", ");
  throw new Problem("READER_NOT_FOUND", `No reader has this name; there are ${names}.`);
}

async function orderIn(c: Context) {
  const order = Order.safeParse(await readJson(c));
  if (!order.success) throw invalid(order.error);
  return order.data;
}

function afterIn(c: Context): number | undefined {
  const query = After.safeParse(c.req.query());
  if (!query.success) throw invalid(query.error);
  return query.data.after;
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
