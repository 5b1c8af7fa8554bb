import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Shard } from "../../src/pipeline/stages/define-stage.ts";
import {
  hopStarts,
  localQueueBinding,
  localShards,
  queueName,
  shardsOf,
  type StageName,
} from "../../src/pipeline/stages/stage-table.ts";
import { type Configuration, readConfiguration } from "../provision/deploy-configuration.ts";
import { relocateConfiguration } from "../provision/relocate-configuration.ts";

/** The shards of a stage on a local server: those that start a hop have numbered ones beside those of the table. */
export const localShardsOf = (stage: StageName): readonly Shard[] => [
  ...shardsOf(stage),
  ...(hopStarts.includes(stage) ? localShards : []),
];

/**
 * The configuration of a local server: `wrangler.toml` with more queues of the same kind. The local simulator hands
 * out one batch of a queue at a time, which lasts as long as its slowest model call; Cloudflare hands out 250.
 */
export const localFile = "dist/local/wrangler.json";

/** A configuration with the numbered queues of a local server, each with a consumer like its stage's first queue. */
export function withLocalQueues(configuration: Configuration): Configuration {
  const { producers, consumers } = configuration.queues;
  const numbered = hopStarts.flatMap((stage) => {
    const consumer = consumers.find(({ queue }) => queue === queueName(stage));
    if (!consumer) throw new RangeError(`wrangler.toml has no consumer of ${queueName(stage)}`);
    return localShards.map((shard) => {
      const queue = queueName(stage, shard);
      const producer = { binding: localQueueBinding(stage, shard), queue };
      return { producer, consumer: { ...consumer, queue } };
    });
  });
  return {
    ...configuration,
    queues: {
      producers: [...producers, ...numbered.map(({ producer }) => producer)],
      consumers: [...consumers, ...numbered.map(({ consumer }) => consumer)],
    },
  };
}

/**
 * Writes the configuration of a local server. One that is the same stays as it is, since servers that run
 * would start again for a new one.
 */
export async function writeLocalConfiguration(): Promise<string> {
  const { secrets, ...rest } = withLocalQueues(await readConfiguration("wrangler.toml"));
  const configuration = {
    ...rest,
    // No deployment has it.
    secrets: { required: [...secrets.required, "DEV_KEY"] },
    // It saves bytes of a deploy, and its paths would be those of the entry's folder.
    alias: {},
  };
  const text = `${JSON.stringify(relocateConfiguration(configuration, localFile), null, 2)}\n`;
  if ((await readFile(localFile, "utf8").catch(() => null)) === text) return localFile;
  await mkdir(dirname(localFile), { recursive: true });
  // Another server may read the file at any time.
  const written = `${localFile}.${process.pid}`;
  await writeFile(written, text);
  await rename(written, localFile);
  return localFile;
}
