import { Hono } from "hono";
import { openLetters } from "../../operations/dead-letters.ts";
import { queueBinding, queueName, stageNames } from "../../pipeline/stages/index.ts";

/** How much waits where: messages by stage, and dead letters that are not settled. */
export const queues = new Hono<{ Bindings: Env }>().get("/", async (c) => {
  const letters = await openLetters(c.env.DB);
  const now = Date.now();
  const rows = await Promise.all(
    stageNames.map(async (stage) => {
      const metrics = await c.env[queueBinding(stage)].metrics();
      const { backlogCount, backlogBytes, oldestMessageTimestamp: oldest } = metrics;
      const { parked = 0, redriving = 0, oldest: since = null } = letters.get(stage) ?? {};
      return {
        stage,
        queue: queueName(stage),
        backlog: backlogCount,
        backlog_bytes: backlogBytes,
        oldest_message_age_s: oldest && backlogCount > 0 ? ageOf(oldest.getTime(), now) : null,
        dead_letters: { parked, redriving, oldest_age_s: since && ageOf(since, now) },
      };
    }),
  );
  return c.json({ queues: rows });
});

const ageOf = (at: number, now: number) => Math.max(0, Math.round((now - at) / 1000));
