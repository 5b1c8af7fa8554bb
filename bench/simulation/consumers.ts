import { readFile } from "node:fs/promises";
import { parse as parseToml } from "smol-toml";
import { z } from "zod";
import { hopStarts, stages } from "../../src/pipeline/stages/stage-table.ts";

const Consumers = z.object({
  queues: z.object({
    consumers: z.array(
      z.object({ queue: z.string(), max_batch_size: z.number(), max_batch_timeout: z.number() }),
    ),
  }),
});

/** How a queue hands messages out. */
export interface Batch {
  size: number;
  waitSeconds: number;
}

/** A stage that scans cross a queue for, with what runs behind it in the same place. */
export interface Hop {
  name: string;
  batch: Batch;
  /** Its numbered queues today; those of users with many scans on the way come on top. */
  shards: number;
  deadlineSeconds: number;
}

/** What the simulation knows of this project: its stage table and its consumers. */
export interface Built {
  hops: Hop[];
  events: Batch;
  saves: Batch;
}

export async function built(): Promise<Built> {
  const { queues } = Consumers.parse(parseToml(await readFile("wrangler.toml", "utf8")));
  const batchOf = (name: string): Batch => {
    const found = queues.consumers.find(({ queue }) => queue === name);
    if (!found) throw new RangeError(`wrangler.toml has no consumer of ${name}`);
    return { size: found.max_batch_size, waitSeconds: found.max_batch_timeout };
  };
  return {
    hops: stages
      .filter(({ name }) => hopStarts.includes(name))
      .map(({ name, batch, shards, deadlineMs }) => ({
        name,
        batch,
        shards: shards.filter((shard) => shard !== "bulk").length,
        deadlineSeconds: deadlineMs / 1_000,
      })),
    events: batchOf("scan-events"),
    saves: batchOf("character-ownership"),
  };
}
