import { writeQueues } from "../dead-letters/write-queues.ts";
import {
  deadLetterQueueBinding,
  deadLetterQueueName,
  queueName,
  stageNames,
  type StageName,
} from "../pipeline/stages/stage-table.ts";
import { log } from "../platform/log.ts";
import { stageQueues } from "../stage-queues.ts";

/** What a queue carries: the messages of a stage, its dead letters, or something else. */
type Role = { kind: "stage" | "dead-letters"; stage: StageName } | { kind: "other" };
export type QueueMetrics = Role & {
  name: string;
  /** Null when it could not be read. */
  backlog: { messages: number; oldestAgeSeconds: number } | null;
};

type MeasuredQueue = Role & { name: string; queue: Queue };

/** Every queue with a producer binding, in order: only those can be read. */
export const measuredQueues = (env: Env): readonly MeasuredQueue[] => [
  ...stageNames.flatMap((stage) => [queuesOf(env, stage), deadLetterQueue(env, stage)]).flat(),
  { kind: "other", name: "webhooks", queue: env.WEBHOOKS },
  ...Object.entries(writeQueues).map(([name, { binding }]): MeasuredQueue => ({
    kind: "other",
    name,
    queue: env[binding],
  })),
];

const queuesOf = (env: Env, stage: StageName) =>
  stageQueues(env, stage).map(({ shard, queue }): MeasuredQueue => ({
    kind: "stage",
    stage,
    name: queueName(stage, shard),
    queue,
  }));

const deadLetterQueue = (env: Env, stage: StageName): MeasuredQueue => ({
  kind: "dead-letters",
  stage,
  name: deadLetterQueueName(stage),
  queue: env[deadLetterQueueBinding(stage)],
});

/** Reads the backlog of every queue, and the age of its oldest message. It never rejects. */
export const readQueueMetrics = (env: Env): Promise<QueueMetrics[]> =>
  Promise.all(
    measuredQueues(env).map(async ({ queue, ...described }) =>
      Object.assign(described, { backlog: await readBacklog(described.name, queue) }),
    ),
  );

async function readBacklog(name: string, queue: Queue): Promise<QueueMetrics["backlog"]> {
  try {
    const { backlogCount: messages, oldestMessageTimestamp: oldest } = await queue.metrics();
    const age = messages > 0 && oldest ? Math.max(0, Date.now() - oldest.getTime()) : 0;
    return { messages, oldestAgeSeconds: age / 1000 };
  } catch (error) {
    log("warn", "queue.metrics_not_read", { queue: name, error: String(error) });
    return null;
  }
}
