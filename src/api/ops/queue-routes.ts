import { Hono } from "hono";
import { countOpen } from "../../dead-letters/dead-letter-store.ts";
import {
  deadLetterQueueBinding,
  deadLetterQueueName,
  queueBinding,
  queueName,
  shardsOf,
  stageNames,
} from "../../pipeline/stages/stage-table.ts";

/** How much waits where: messages of each stage, of its dead-letter queue, and open dead letters. */
export const queues = new Hono<{ Bindings: Env }>().get("/", async (c) => {
  const open = await countOpen(c.env.DB);
  const now = Date.now();
  const rows = await Promise.all(
    stageNames.map(async (stage) => {
      const {
        parked = 0,
        redriving = 0,
        oldest,
      } = open.find((it) => it.kind === "stage" && it.source === stage) ?? {};
      return {
        stage,
        queues: await Promise.all(
          shardsOf(stage).map((shard) =>
            viewOf(queueName(stage, shard), c.env[queueBinding(stage, shard)], now),
          ),
        ),
        dead_letter_queue: await viewOf(
          deadLetterQueueName(stage),
          c.env[deadLetterQueueBinding(stage)],
          now,
        ),
        dead_letters: {
          parked,
          redriving,
          oldest_age_s: oldest === undefined ? null : ageOf(oldest, now),
        },
      };
    }),
  );
  return c.json({ queues: rows });
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
