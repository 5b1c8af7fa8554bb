import { queueName, shardsOf, stageNames } from "../../src/pipeline/stages/stage-table.ts";
import type { Configuration } from "./deploy-configuration.ts";
import { CommandError } from "./exit-codes.ts";

/** The setting of a deployment that chooses its profile. */
export const profileSetting = "DEPLOY_PROFILE";

/** Messages of a batch at most: a call of the Free plan makes 50 subrequests. */
const smallBatch = 5;

/** The first queue of a stage, by each of its queues. */
const firstQueues: ReadonlyMap<string, string> = new Map(
  stageNames.flatMap((stage) =>
    shardsOf(stage).map((shard) => [queueName(stage, shard), queueName(stage)] as const),
  ),
);

/**
 * A configuration with one queue a stage, for a small account: the bindings of a stage's further queues send to its
 * first one, and batches are small.
 */
export function withOneQueueAStage(configuration: Configuration): Configuration {
  const { producers, consumers } = configuration.queues;
  return {
    ...configuration,
    queues: {
      producers: producers.map((it) =>
        Object.assign({}, it, { queue: firstQueues.get(it.queue) ?? it.queue }),
      ),
      consumers: consumers
        .filter(({ queue }) => (firstQueues.get(queue) ?? queue) === queue)
        .map((it) =>
          firstQueues.has(it.queue) ? Object.assign({}, it, { max_batch_size: smallBatch }) : it,
        ),
    },
  };
}

/** The configuration of the profile that a deployment's settings name: `small`, or the whole one without a name. */
export function inProfile(
  configuration: Configuration,
  profile: string | undefined,
): Configuration {
  if (!profile) return configuration;
  if (profile === "small") return withOneQueueAStage(configuration);
  throw new CommandError(
    "usage",
    `${profileSetting} has to be small or empty, and is ${JSON.stringify(profile)}.`,
  );
}
