import { z } from "zod";
import { HealthQuery } from "../../src/api/ops/pipeline-health-routes.ts";
import { StageName } from "../../src/pipeline/stages/stage-table.ts";
import { json } from "../bodies.ts";
import { answers } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";
import { inQuery } from "../parameters.ts";

const time = z.iso.datetime();
const Line = answers(
  "Line",
  z.array(z.number().nullable()),
  "A value for each time of `at`; null where nothing is known.",
);

const Health = answers(
  "PipelineHealth",
  z.object({
    hours: z.int(),
    every_s: z.number().meta({ description: "How far apart the samples are, s." }),
    from: time,
    to: time,
    at: z.array(time),
    queues: z.array(
      z.object({
        name: z.string(),
        kind: z.enum(["stage", "dead-letters", "other"]),
        stage: StageName.nullable().meta({ description: "Null for queues of no stage." }),
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
  }),
  "How queues and stages were doing, as lines to be drawn.",
);

export const opsHealth: Resource = {
  tag: "Ops: health",
  description: "How the pipeline was doing.",
  operations: [
    operation("get", "/api/v1/ops/health", {
      id: "getPipelineHealth",
      summary: "How queues and stages were doing, up to this moment",
      access: "operator",
      parameters: inQuery(HealthQuery, { hours: "How far back." }),
      answers: {
        200: json("The lines.", Health, {
          "two times": {
            hours: 1,
            every_s: 300,
            from: "2026-11-22T10:40:00.000Z",
            to: "2026-11-22T11:40:00.000Z",
            at: ["2026-11-22T11:35:00.211Z", "2026-11-22T11:40:00.000Z"],
            queues: [
              {
                name: "scan-answer",
                kind: "stage",
                stage: "answer",
                messages: [12, 1_204],
                oldest_age_s: [3, 190],
              },
            ],
            stages: [
              {
                stage: "answer",
                attempts_per_min: [null, 41.2],
                failures_per_min: [null, 8.2],
                retries_per_min: [null, 7.8],
                p95_s: [null, 4.6],
              },
            ],
          },
        }),
      },
      problems: ["VALIDATION_ERROR"],
    }),
  ],
};
