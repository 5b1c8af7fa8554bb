import { Hono } from "hono";
import { z } from "zod";
import { healthSeries, withCurrent } from "../../metrics/health-series.ts";
import { allQueues } from "../../metrics/queue-metrics.ts";
import { measure } from "../../metrics/measurement.ts";
import { retentionMs, listSamples, slotMs } from "../../metrics/samples.ts";
import { invalid } from "../problem.ts";
import { iso } from "../../platform/iso.ts";

const hourMs = 60 * 60_000;
/** At most so many samples are shown: of more, one in a few. */
const shown = 300;

/** How far back, in whole hours. */
export const HealthQuery = z.object({
  hours: z.coerce
    .number()
    .int()
    .min(1)
    .max(retentionMs / hourMs)
    .default(1),
});

/** How queues and stages were doing, from samples of every five minutes up to this moment. */
export const health = new Hono<{ Bindings: Env }>().get("/", async (c) => {
  const query = HealthQuery.safeParse(c.req.query());
  if (!query.success) throw invalid(query.error);
  const { hours } = query.data;
  const every = Math.ceil((hours * hourMs) / slotMs / shown);
  const now = Date.now();
  const [samples, measurement] = await Promise.all([
    listSamples(c.env.DB, now - hours * hourMs, every),
    measure(c.env),
  ]);
  const lines = healthSeries(
    withCurrent(samples, { at: now, measurement }),
    allQueues.map(({ name }) => name),
    every * slotMs * 2.5,
  );
  return c.json({
    hours,
    every_s: (every * slotMs) / 1000,
    from: iso(now - hours * hourMs),
    to: iso(now),
    at: lines.at,
    queues: allQueues.map((queue, place) => ({
      name: queue.name,
      kind: queue.kind,
      /** Null for queues of no stage. */
      stage: queue.kind === "other" ? null : queue.stage,
      messages: lines.queues[place]?.messages ?? [],
      oldest_age_s: lines.queues[place]?.oldest_age_s ?? [],
    })),
    stages: lines.stages,
  });
});
