import { z } from "zod";
import { keyOf } from "../../events/archived-hour.ts";
import { catchUp } from "../../events/catch-up.ts";
import type { Projection } from "../../events/projections/projection.ts";
import { projections as table } from "../../events/projections/projections.ts";
import {
  missingHours,
  ProjectionStatus,
  projectionStatuses,
  resetProjection,
} from "../../events/reset-projection.ts";
import { By, Why } from "../../ops-audit.ts";
import { iso } from "../../platform/iso.ts";
import { answerOf } from "../openapi/answer-of.ts";
import { defineRoute, router } from "../openapi/define-route.ts";
import { json, jsonBody } from "../openapi/response-bodies.ts";
import { inPath } from "../openapi/shared-parameters.ts";
import { Problem } from "../problem.ts";
import { readBody } from "../read-body.ts";

/** How far a rebuild goes before it is answered; batches and the cron do the rest. */
const slicesPerRebuild = 20;
const names = table.map(({ name }) => name).join(", ");

const RebuildOrder = z
  .strictObject({ by: By, why: Why })
  .meta({ id: "RebuildOrder", description: "Who wants it, and why." });

export const ProjectionView = ProjectionStatus.extend({
  head: z.int().meta({ description: "The log's last cursor." }),
  lag: z.int().meta({ description: "How many events it has not applied." }),
  updated_at: z
    .int()
    .transform((at) => (at === 0 ? null : iso(at)))
    .pipe(z.iso.datetime().nullable()),
}).meta({ id: "Projection", description: "A projection of the event log, and how far it is." });
const Projections = z
  .object({ projections: z.array(ProjectionView) })
  .meta({ id: "Projections", description: "Every projection." });

const shared = { tag: "Ops: projections", access: "operator" } as const;

const listProjections = defineRoute({
  ...shared,
  method: "get",
  path: "/",
  operationId: "listProjections",
  summary: "How far each projection is",
  responses: { 200: json("The projections.", Projections) },
});

const rebuildProjection = defineRoute({
  ...shared,
  method: "post",
  path: "/{name}/rebuild",
  operationId: "rebuildProjection",
  summary: "Empty a projection and build it again from the beginning of the log",
  description: "The platform goes on with what this call does not finish.",
  parameters: [inPath("name", `One of ${names}.`, "history")],
  requestBody: jsonBody(RebuildOrder, { "by kim": { by: "kim", why: "a new column" } }),
  responses: { 202: json("It has begun.", ProjectionView) },
  problems: ["PROJECTION_NOT_FOUND", "LOG_ARCHIVED"],
});

/** The projections of the event log, and how far each is. */
export const projections = router()
  .openapi(listProjections, async (c) => {
    const statuses = await projectionStatuses(c.env.DB);
    return c.json(answerOf(Projections, { projections: statuses }), 200);
  })

  .openapi(rebuildProjection, async (c) => {
    const { DB } = c.env;
    const projection = projectionNamed(c.req.param("name"));
    const order = await readBody(c, RebuildOrder);
    if (!(await resetProjection(DB, projection, order))) throw await archived(DB);
    await catchUp(DB, projection, slicesPerRebuild);
    const status = (await projectionStatuses(DB)).find(({ name }) => name === projection.name);
    return c.json(ProjectionView.parse(status), 202);
  });

function projectionNamed(name: string): Projection {
  const projection = table.find((it) => it.name === name);
  if (projection) return projection;
  throw new Problem("PROJECTION_NOT_FOUND", `No projection has this name; there are ${names}.`);
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
