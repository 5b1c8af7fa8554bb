import { z } from "zod";
import { countOpen } from "../../dead-letters/dead-letter-store.ts";
import {
  deadLetterQueueBinding,
  deadLetterQueueName,
  queueName,
  StageName,
  stageNames,
} from "../../pipeline/stages/stage-table.ts";
import { stageQueues } from "../../stage-queues.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { body, json } from "../openapi/response-bodies.ts";

const QueueView = body("Queue", "What waits in one queue.", {
  name: z.string(),
  backlog: z.number(),
  backlog_bytes: z.number(),
  oldest_message_age_s: z.number().nullable().describe("Null while it is empty."),
});
const Queues = body("Queues", "What waits, by stage.", {
  queues: z.array(
    z.object({
      stage: StageName,
      queues: z.array(QueueView),
      dead_letter_queue: QueueView,
      dead_letters: z.object({
        parked: z.number(),
        redriving: z.number(),
        oldest_age_s: z.number().nullable(),
      }),
    }),
  ),
});

const route = defineRoutes("Ops: queues", "operator");

const listQueues = route("get", "/", "listQueues", {
  summary: "What waits in each stage's queues",
  responses: { 200: json("The queues.", Queues) },
});

export const queues = router().openapi(listQueues, async (c) => {
  const { env } = c;
  const open = await countOpen(env.DB);
  const now = Date.now();
  const rows = stageNames.map(async (stage) => {
    const its = open.find(({ kind, source }) => kind === "stage" && source === stage);
    const [deadLetterQueue, ...queues] = await Promise.all([
      viewOf(deadLetterQueueName(stage), env[deadLetterQueueBinding(stage)], now),
      ...stageQueues(env, stage).map(({ shard, queue }) =>
        viewOf(queueName(stage, shard), queue, now),
      ),
    ]);
    return {
      stage,
      queues,
      dead_letter_queue: deadLetterQueue,
      dead_letters: {
        parked: its?.parked ?? 0,
        redriving: its?.redriving ?? 0,
        oldest_age_s: its ? ageOf(its.oldest, now) : null,
      },
    };
  });
  return c.json({ queues: await Promise.all(rows) }, 200);
});

async function viewOf(name: string, binding: Queue, now: number) {
  const { backlogCount, backlogBytes, oldestMessageTimestamp: oldest } = await binding.metrics();
  return {
    name,
    backlog: backlogCount,
    backlog_bytes: backlogBytes,
    oldest_message_age_s: oldest && backlogCount > 0 ? ageOf(oldest.getTime(), now) : null,
  };
}

const ageOf = (at: number, now: number) => Math.max(0, Math.round((now - at) / 1000));
