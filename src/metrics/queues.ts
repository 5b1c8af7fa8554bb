import { log } from "../platform/log.ts";
import { saveQueues } from "../dead-letters/write-dead-letters.ts";
import {
  deadLetterQueueBinding,
  deadLetterQueueName,
  queueBinding,
  queueName,
  shardsOf,
  stageNames,
  type StageName,
} from "../pipeline/stages/stage-table.ts";

/** What a queue is for: a stage's messages, its dead letters, or what leaves by others. */
type Duty = { kind: "stage" | "dead-letters"; stage: StageName } | { kind: "other" };
export type QueueReading = Duty & {
  name: string;
  /** Null when it could not be read, which is not the same as empty. */
  waiting: { messages: number; oldestAgeSeconds: number } | null;
};

type Watched = Duty & { name: string; queueIn: (env: Env) => Queue };

/** Every queue that has a producer binding, and so can be looked at. */
const watched: readonly Watched[] = [
  ...stageNames.flatMap((stage) => [shardQueues(stage), deadLetterQueue(stage)]).flat(),
  { kind: "other", name: "webhooks", queueIn: ({ WEBHOOKS }) => WEBHOOKS },
  ...Object.entries(saveQueues).map(([name, { binding }]): Watched => ({
    kind: "other",
    name,
    queueIn: (env) => env[binding],
  })),
];

function shardQueues(stage: StageName): Watched[] {
  return shardsOf(stage).map((shard) => {
    const name = queueName(stage, shard);
    return { kind: "stage", stage, name, queueIn: (env) => env[queueBinding(stage, shard)] };
  });
}

function deadLetterQueue(stage: StageName): Watched {
  const name = deadLetterQueueName(stage);
  const queueIn = (env: Env) => env[deadLetterQueueBinding(stage)];
  return { kind: "dead-letters", stage, name, queueIn };
}

/** The names of all queues that are measured, in order, and what each is for. */
export const allQueues: readonly (Duty & { name: string })[] = watched;

/** How much waits in each queue, and for how long. */
export const readQueues = (env: Env): Promise<QueueReading[]> =>
  Promise.all(
    watched.map(async ({ queueIn, ...known }) =>
      Object.assign(known, { waiting: await waitingIn(known.name, queueIn(env)) }),
    ),
  );

async function waitingIn(name: string, queue: Queue): Promise<QueueReading["waiting"]> {
  try {
    const { backlogCount: messages, oldestMessageTimestamp: oldest } = await queue.metrics();
    const age = messages > 0 && oldest ? Math.max(0, Date.now() - oldest.getTime()) : 0;
    return { messages, oldestAgeSeconds: age / 1000 };
  } catch (error) {
    log("warn", "queue.no_metrics", { queue: name, error: String(error) });
    return null;
  }
}
