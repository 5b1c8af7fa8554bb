import type { Lane } from "./pipeline/admission.ts";
import type { Shard } from "./pipeline/stages/define-stage.ts";
import {
  type LocalQueueBinding,
  localQueueBinding,
  localShards,
  type QueueBinding,
  queueBinding,
  shardOf,
  type StageName,
  stageOf,
} from "./pipeline/stages/stage-table.ts";

type QueueEnv = Pick<Env, QueueBinding | LocalQueueBinding>;

/** A queue of a stage, by its shard. */
export interface StageQueue {
  shard: Shard;
  queue: Queue;
}

/**
 * The queues that carry a stage's messages here: those of the stage table, and the numbered ones that a local
 * server has beside them.
 */
export const stageQueues = (env: QueueEnv, stage: StageName): readonly StageQueue[] => [
  ...stageOf(stage).shards.map((shard) => ({ shard, queue: env[queueBinding(stage, shard)] })),
  ...localShards.flatMap((shard) => {
    const queue = env[localQueueBinding(stage, shard)];
    return queue ? [{ shard, queue }] : [];
  }),
];

/** The queue of a job's messages for its stage. */
export function queueOfJob(
  env: QueueEnv,
  { jobId, stage, lane }: { jobId: string; stage: StageName; lane: Lane },
): Queue {
  const queues = stageQueues(env, stage);
  const shard = shardOf(
    queues.map((it) => it.shard),
    jobId,
    lane,
  );
  const found = queues.find((it) => it.shard === shard);
  if (!found) throw new RangeError(`The stage ${stage} has no queue`);
  return found.queue;
}
