import { writeQueues } from "../dead-letters/write-queues.ts";
import {
  deadLetterQueueBinding,
  deadLetterQueueName,
  queueBinding,
  queueName,
  shardsOf,
  stageNames,
  type StageName,
} from "../pipeline/stages/stage-table.ts";
import { log } from "../platform/log.ts";

/** What a queue carries: the messages of a stage, its dead letters, or something else. */
type Role = { kind: "stage" | "dead-letters"; stage: StageName } | { kind: "other" };
export type QueueMetrics = Role & {
  name: string;
  /** Null when it could not be read. */
  backlog: { messages: number; oldestAgeSeconds: number } | null;
};

type MeasuredQueue = Role & { name: string; queueIn: (env: Env) => Queue };

/** Every queue with a producer binding: only those can be read. */
const measuredQueues: readonly MeasuredQueue[] = [
  ...stageNames.flatMap((stage) => [shardQueues(stage), deadLetterQueue(stage)]).flat(),
  { kind: "other", name: "webhooks", queueIn: ({ WEBHOOKS }) => WEBHOOKS },
  ...Object.entries(writeQueues).map(([name, { binding }]): MeasuredQueue => ({
    kind: "other",
    name,
    queueIn: (env) => env[binding],
  })),
];

function shardQueues(stage: StageName): MeasuredQueue[] {
  return shardsOf(stage).map((shard) => {
    const name = queueName(stage, shard);
    return { kind: "stage", stage, name, queueIn: (env) => env[queueBinding(stage, shard)] };
  });
}

function deadLetterQueue(stage: StageName): MeasuredQueue {
  const name = deadLetterQueueName(stage);
  const queueIn = (env: Env) => env[deadLetterQueueBinding(stage)];
  return { kind: "dead-letters", stage, name, queueIn };
}

/** The names and roles of all measured queues, in order. */
export const allQueues: readonly (Role & { name: string })[] = measuredQueues;

/** Reads the backlog of every queue, and the age of its oldest message. It never rejects. */
export const readQueueMetrics = (env: Env): Promise<QueueMetrics[]> =>
  Promise.all(
    measuredQueues.map(async ({ queueIn, ...queue }) =>
      Object.assign(queue, { backlog: await readBacklog(queue.name, queueIn(env)) }),
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
