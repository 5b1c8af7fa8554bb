import { z } from "zod";
import { StageName } from "../../src/pipeline/stages/stage-table.ts";
import { json } from "../bodies.ts";
import { answers } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";

const Queue = answers(
  "Queue",
  z.object({
    name: z.string(),
    backlog: z.number(),
    backlog_bytes: z.number(),
    oldest_message_age_s: z.number().nullable().meta({ description: "Null while it is empty." }),
  }),
  "What waits in one queue.",
);
const Queues = answers(
  "Queues",
  z.object({
    queues: z.array(
      z.object({
        stage: StageName,
        queues: z.array(Queue),
        dead_letter_queue: Queue,
        dead_letters: z.object({
          parked: z.number(),
          redriving: z.number(),
          oldest_age_s: z.number().nullable(),
        }),
      }),
    ),
  }),
  "What waits, by stage.",
);

const empty = { backlog: 0, backlog_bytes: 0, oldest_message_age_s: null };

export const queues: Resource = {
  tag: "Ops: queues",
  description: "What waits, and how long.",
  operations: [
    operation("get", "/api/v1/ops/queues", {
      id: "listQueues",
      summary: "What waits in each stage's queues",
      access: "operator",
      answers: {
        200: json("The queues.", Queues, {
          "one stage": {
            queues: [
              {
                stage: "rule",
                queues: [
                  { name: "scan-rule", backlog: 3, backlog_bytes: 423, oldest_message_age_s: 12 },
                ],
                dead_letter_queue: { name: "dlq-scan-rule", ...empty },
                dead_letters: { parked: 1, redriving: 0, oldest_age_s: 310 },
              },
            ],
          },
        }),
      },
    }),
  ],
};
