import { z } from "zod";
import { lastMinutes, Minutes } from "../../metrics/errors-by-minute.ts";
import { healthSeries, withCurrent } from "../../metrics/health-series.ts";
import { measuredQueues } from "../../metrics/queue-metrics.ts";
import { measure } from "../../metrics/measurement.ts";
import { retentionMs, listSamples, slotMs } from "../../metrics/samples.ts";
import { StageName } from "../../pipeline/stages/stage-table.ts";
import { iso } from "../../platform/iso.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { body, json } from "../openapi/response-bodies.ts";

const hourMs = 60 * 60_000;
/** The most samples that are shown; of more, every second one is, or every third, and so on. */
const shown = 300;

const HealthQuery = z.object({
  hours: z.coerce
    .number()
    .int()
    .min(1)
    .max(retentionMs / hourMs)
    .default(1)
    .describe("How far back."),
});

const time = z.iso.datetime();
const Line = z.array(z.number().nullable()).meta({
  id: "Line",
  description: "A value for each time of `at`; null where nothing is known.",
});

const Health = body("PipelineHealth", "Queues and stages, as lines to be drawn.", {
  hours: z.int(),
  every_s: z.number().describe("How far apart the samples are, s."),
  from: time,
  to: time,
  at: z.array(time),
  minutes: Minutes.extend({ from: time }).describe("Each minute of the last hour."),
  queues: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(["stage", "dead-letters", "other"]),
      stage: StageName.nullable().describe("Null for queues of no stage."),
      messages: Line,
      oldest_age_s: Line,
    }),
  ),
  stages: z.array(
    z.object({
      stage: StageName,
      attempts_per_min: Line,
      failures_per_min: Line,
      retries_per_min: Line,
      p95_s: Line,
    }),
  ),
});

const route = defineRoutes("Ops: health", "operator");

const getPipelineHealth = route("get", "/", "getPipelineHealth", {
  summary: "How queues and stages were doing, up to this moment",
  request: { query: HealthQuery },
  responses: { 200: json("The lines.", Health) },
});

/** How queues and stages were doing, from the samples of every five minutes and one of this moment. */
export const health = router().openapi(getPipelineHealth, async (c) => {
  const { hours } = c.req.valid("query");
  const every = Math.ceil((hours * hourMs) / slotMs / shown);
  const now = Date.now();
  const from = now - hours * hourMs;
  const [samples, measurement] = await Promise.all([
    listSamples(c.env.DB, from, every),
    measure(c.env),
  ]);
  const measured = measuredQueues(c.env);
  const lines = healthSeries(
    withCurrent(samples, { at: now, measurement }),
    measured.map(({ name }) => name),
    every * slotMs * 2.5,
  );
  const queues = measured.map((queue, index) => ({
    name: queue.name,
    kind: queue.kind,
    stage: queue.kind === "other" ? null : queue.stage,
    messages: lines.queues[index]?.messages ?? [],
    oldest_age_s: lines.queues[index]?.oldest_age_s ?? [],
  }));
  const { from: minutesFrom, counts } = await lastMinutes(c.env.DB, now);
  const minutes = { from: iso(minutesFrom), counts };
  return c.json(
    {
      hours,
      minutes,
      every_s: (every * slotMs) / 1000,
      from: iso(from),
      to: iso(now),
      ...lines,
      queues,
    },
    200,
  );
});
