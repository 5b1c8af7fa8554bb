import { z } from "zod";
import { catchUp } from "../../events/catch-up.ts";
import type { Projection } from "../../events/projections/projection.ts";
import { projections as table } from "../../events/projections/projections.ts";
import {
  ProjectionStatus,
  projectionStatuses,
  resetProjection,
} from "../../events/reset-projection.ts";
import { By, Why } from "../../ops-audit.ts";
import { iso } from "../../platform/iso.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { answerOf, body, json, jsonBody, requestSchema } from "../openapi/response-bodies.ts";
import { inPath } from "../openapi/shared-parameters.ts";
import { found } from "../problem.ts";
import { readBody } from "../read-body.ts";

/** How far a rebuild goes before it is answered; batches and the cron do the rest. */
const slicesPerRebuild = 20;
const names = table.map(({ name }) => name).join(", ");

const RebuildRequest = requestSchema("RebuildRequest", "Who wants it, and why.", {
  by: By,
  why: Why,
});

export const ProjectionView = ProjectionStatus.extend({
  head: z.int().describe("The log's last cursor."),
  lag: z.int().describe("How many events it has not applied."),
  updated_at: z
    .int()
    .transform((at) => (at === 0 ? null : iso(at)))
    .pipe(z.iso.datetime().nullable()),
}).meta({ id: "Projection", description: "A projection of the event log, and how far it is." });
const Projections = body("Projections", "Every projection.", {
  projections: z.array(ProjectionView),
});

const route = defineRoutes("Ops: projections", "operator");
const listProjections = route("get", "/", "listProjections", {
  summary: "How far each projection is",
  responses: { 200: json("The projections.", Projections) },
});

const rebuildProjection = route("post", "/{name}/rebuild", "rebuildProjection", {
  summary: "Empty a projection and build it again from the beginning of the log",
  description: "The platform goes on with what this call does not finish.",
  parameters: [inPath("name", `One of ${names}.`, "daily-statistics")],
  requestBody: jsonBody(RebuildRequest, { "by kim": { by: "kim", why: "a new column" } }),
  responses: { 202: json("It has begun.", ProjectionView) },
  problems: ["PROJECTION_NOT_FOUND"],
});

export const projections = router()
  .openapi(listProjections, async (c) => {
    const statuses = await projectionStatuses(c.env.DB);
    return c.json(answerOf(Projections, { projections: statuses }), 200);
  })

  .openapi(rebuildProjection, async (c) => {
    const { DB } = c.env;
    const projection = projectionNamed(c.req.param("name"));
    const order = await readBody(c, RebuildRequest);
    await resetProjection(DB, projection, order);
    await catchUp(c.env, projection, slicesPerRebuild);
    const status = (await projectionStatuses(DB)).find(({ name }) => name === projection.name);
    return c.json(ProjectionView.parse(status), 202);
  });

const projectionNamed = (name: string): Projection =>
  found(
    table.find((it) => it.name === name),
    "PROJECTION_NOT_FOUND",
    `No projection has this name; there are ${names}.`,
  );
