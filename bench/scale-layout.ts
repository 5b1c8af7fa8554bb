import { readFile } from "node:fs/promises";
import { parse as parseToml } from "smol-toml";
import { z } from "zod";
import { hopStarts, stageOf } from "../src/pipeline/stages/stage-table.ts";
import { type Batch, type Random, seededRandom } from "./queue-simulation.ts";

/** Cloudflare's limits, and what was measured or assumed. Times are seconds. docs/scale.md has the sources. */
export const assumptions = {
  /** Queues: batches of one queue that are out at once, and messages it takes in a second. */
  consumers: 250,
  messagesPerSecond: 5_000,
  /** How long a message takes to a consumer that is free. Assumed. */
  hop: { p50: 0.05, p99: 0.5 },
  /** From the client to the accepted scan: a new object, and its user's. Assumed. */
  accept: { p50: 0.08, p99: 0.6 },
  /** A call of an object that writes: claim, complete. Assumed. */
  objectCall: { p50: 0.01, p99: 0.1 },
  /** Until a model's answer is complete, and until its headers are there. Assumed. */
  model: { p50: 2, p99: 12 },
  headers: { p50: 0.3, p99: 1.5 },
  /** Connections of one invocation that may wait for headers. */
  connections: 6,
  /** Batches that run in one isolate at the same time. Assumed. */
  batchesPerIsolate: 10,
  /** How often an isolate writes its metrics at most, and how long it waits for that. */
  metricsEvery: 1,
  metricsTimeout: 2,
  /** D1's one writer, measured on SQLite: a batch, and each scan or save in it. */
  appendEvents: { batch: 0.001, each: 0.000_2 },
  projectEvents: { batch: 0.003, each: 0.000_2 },
  saveGrants: { batch: 0.000_5, each: 0.000_04 },
  writeMetrics: 0.001,
  /** The share of scans whose character is new to their user. Assumed. */
  newCharacter: 0.3,
  /** When the object's watchdog sends a message again that a queue refused. */
  watchdog: 30,
} as const;

/** The first stage of a hop, with the queue that leads to it. */
export interface Hop {
  name: string;
  batch: Batch;
  /** Its numbered queues today; those of users with many scans on the way come on top. */
  shards: number;
  deadlineSeconds: number;
}

/** What the simulation reads of this project: its stage table and its consumers. */
export interface Project {
  hops: Hop[];
  events: Batch;
  saves: Batch;
}

const Consumers = z.object({
  queues: z.object({
    consumers: z.array(
      z.object({ queue: z.string(), max_batch_size: z.number(), max_batch_timeout: z.number() }),
    ),
  }),
});

export async function readProject(): Promise<Project> {
  const { queues } = Consumers.parse(parseToml(await readFile("wrangler.toml", "utf8")));
  const batchOf = (name: string): Batch => {
    const found = queues.consumers.find((it) => it.queue === name);
    if (!found) throw new RangeError(`wrangler.toml has no consumer of ${name}`);
    return { size: found.max_batch_size, waitSeconds: found.max_batch_timeout };
  };
  return {
    hops: hopStarts.map((start) => {
      const { name, batch, shards, deadlineMs } = stageOf(start);
      const numbered = shards.filter((shard) => shard !== "bulk").length;
      return { name, batch, shards: numbered, deadlineSeconds: deadlineMs / 1_000 };
    }),
    events: batchOf("scan-events"),
    saves: batchOf("character-ownership"),
  };
}

/** How often each part exists: queues of each hop, of the log and of each kind of save; databases. */
export interface Layout {
  hops: number[];
  events: number;
  saves: number;
  databases: number;
  /** Whether each isolate writes its sums to D1. */
  metricsInDatabase: boolean;
}

export const currentLayout = ({ hops }: Project): Layout => ({
  hops: hops.map(({ shards }) => shards),
  events: 1,
  saves: 1,
  databases: 1,
  metricsInDatabase: true,
});

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/**
 * Into how many equal parts that share nothing a layout falls. Arrivals that are dealt out at random are as
 * random in each, so one part is simulated for all.
 */
export const partsOf = ({ hops, events, saves, databases }: Layout): number =>
  [...hops, events, saves, databases].reduce(gcd);

/** The share of its capacity that a part is planned to use. */
export const planned = 0.7;

/**
 * When each message of a batch has its model's answer, seconds from now. All are asked at once, but only so
 * many connections may wait for their headers.
 */
export function answersOf(count: number, deadlineSeconds: number, random: Random): number[] {
  const { objectCall, headers, model } = assumptions;
  const connections = Array.from({ length: assumptions.connections }, () => 0);
  return Array.from({ length: count }, () => {
    const claimed = random.logNormal(objectCall);
    const free = Math.min(...connections);
    const begin = Math.max(claimed, free);
    const headersAfter = random.logNormal(headers);
    connections[connections.indexOf(free)] = begin + headersAfter;
    const answered = Math.max(headersAfter, random.logNormal(model));
    return begin + Math.min(answered, deadlineSeconds) + random.logNormal(objectCall);
  });
}

/** Seconds that a full batch takes: as long as its slowest message. */
export function batchSeconds({ batch, deadlineSeconds }: Hop): number {
  const [random, rounds] = [seededRandom(1), 4_000];
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    sum += Math.max(...answersOf(batch.size, deadlineSeconds, random));
  }
  return sum / rounds;
}

/** Messages a second of one queue of a hop, all of its consumers busy with full batches. */
export const hopCapacity = (hop: Hop): number =>
  Math.min(
    assumptions.messagesPerSecond,
    (assumptions.consumers * hop.batch.size) / batchSeconds(hop),
  );

/** Scans a second of one database, in full batches: their events, the projections, and their saves. */
export function databaseCapacity({ events, saves }: Project): number {
  const { appendEvents, projectEvents, saveGrants, newCharacter } = assumptions;
  const event =
    appendEvents.each +
    projectEvents.each +
    (appendEvents.batch + projectEvents.batch) / events.size;
  return 1 / (event + 2 * newCharacter * (saveGrants.each + saveGrants.batch / saves.size));
}

/**
 * The smallest layout that carries a rate with room to spare. Queues in front of a database are as many as
 * databases, so that each has one writer.
 */
export function layoutFor(rate: number, project: Project): Layout {
  const needed = Math.ceil(rate / (planned * databaseCapacity(project)));
  const hops = project.hops.map((hop) =>
    Math.max(hop.shards, Math.ceil(rate / (planned * hopCapacity(hop)))),
  );
  // Many shards are simulated as equal parts, which needs a common measure.
  const step = Math.max(needed, ...hops) > 40 ? 20 : 1;
  const upToStep = (count: number) => Math.ceil(count / step) * step;
  const databases = upToStep(needed);
  return {
    hops: hops.map(upToStep),
    events: databases,
    saves: databases,
    databases,
    metricsInDatabase: false,
  };
}
