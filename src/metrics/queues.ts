import { log } from "../log.ts";
import { saveQueues } from "../operations/saves.ts";
import {
  deadLetterQueueBinding,
  deadLetterQueueName,
  queueBinding,
  queueName,
  shardsOf,
  stageNames,
  type StageName,
} from "../pipeline/stages/index.ts";

/** What a queue is for: a stage's messages, its dead letters, or what leaves by others. */
type Duty = { kind: "stage" | "dead-letters"; stage: StageName } | { kind: "other" };
export type QueueReading = Duty & {
  name: string;
  /** Null when it could not be read, which is not the same as empty. */
  waiting: { messages: number; oldestAgeSeconds: number } | null;
};

type Watched = Duty & { name: string; queue: Queue };

/** Every queue that has a producer binding, and so can be looked at. */
function* watched(env: Env): Generator<Watched> {
  for (const stage of stageNames) {
    for (const shard of shardsOf(stage)) {
      const queue = env[queueBinding(stage, shard)];
      yield { kind: "stage", stage, name: queueName(stage, shard), queue };
    }
    const queue = env[deadLetterQueueBinding(stage)];
    yield { kind: "dead-letters", stage, name: deadLetterQueueName(stage), queue };
  }
  yield { kind: "other", name: "webhooks", queue: env.WEBHOOKS };
  for (const [name, { binding }] of Object.entries(saveQueues)) {
    yield { kind: "other", name, queue: env[binding] };
  }
}

/** How much waits in each queue, and for how long. */
export const readQueues = (env: Env): Promise<QueueReading[]> =>
  Promise.all(
    Array.from(watched(env), async ({ queue, ...known }) =>
      Object.assign(known, { waiting: await waitingIn(known.name, queue) }),
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
