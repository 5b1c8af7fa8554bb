import { z } from "zod";
import { Order } from "../../src/api/ops/projection-routes.ts";
import { projections as table } from "../../src/events/projections/projections.ts";
import { ProjectionStatus } from "../../src/events/reset-projection.ts";
import { json, jsonBody } from "../bodies.ts";
import { answers, sends } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";
import { inPath } from "../parameters.ts";
import { badBody } from "./problems.ts";

const time = z.iso.datetime();

const RebuildOrder = sends("RebuildOrder", Order, "Who wants it, and why.");
const Projection = answers(
  "Projection",
  z.object({ ...ProjectionStatus.shape, updated_at: time.nullable() }),
  "A projection of the event log, and how far it is.",
  { head: "The log's last cursor.", lag: "How many events it has not applied." },
);
const Projections = answers("Projections", z.object({ projections: z.array(Projection) }));
const name = inPath("name", z.enum(table.map((it) => it.name)), "The projection.", "history");
const order = jsonBody(RebuildOrder, { "by kim": { by: "kim", why: "a new column" } });
const level = {
  name: "history",
  cursor: 5,
  head: 5,
  lag: 0,
  dead_letters: 0,
  updated_at: "2026-11-22T11:34:42.456Z",
};

export const projections: Resource = {
  tag: "Ops: projections",
  description: "What is made of the event log.",
  operations: [
    operation("get", "/api/v1/ops/projections", {
      id: "listProjections",
      summary: "How far each projection is",
      access: "operator",
      answers: {
        200: json("The projections.", Projections, { "one of them": { projections: [level] } }),
      },
    }),
    operation("post", "/api/v1/ops/projections/:name/rebuild", {
      id: "rebuildProjection",
      summary: "Empty a projection and build it again from the beginning of the log",
      description: "The platform goes on with what this call does not finish.",
      access: "operator",
      parameters: [name],
      body: order,
      answers: { 202: json("It has begun.", Projection, { "it is done": level }) },
      problems: [...badBody, "PROJECTION_NOT_FOUND", "LOG_ARCHIVED"],
    }),
  ],
};
