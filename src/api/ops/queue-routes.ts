import { Hono } from "hono";
import { openLetters } from "../../dead-letters/store.ts";
import {
  deadLetterQueueBinding,
  deadLetterQueueName,
  queueBinding,
  queueName,
  shardsOf,
  stageNames,
} from "../../pipeline/stages/stage-table.ts";

/** How much waits where: messages by stage, dead ones on their way, and letters that are not settled. */
export const queues = new Hono<{ Bindings: Env }>().get("/", async (c) => {
  const letters = await openLetters(c.env.DB);
  const now = Date.now();
  const rows = await Promise.all(
    stageNames.map(async (stage) => {
      const { parked = 0, redriving = 0, oldest } = letters.get(stage) ?? {};
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
