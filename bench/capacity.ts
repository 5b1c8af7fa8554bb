import { readFile } from "node:fs/promises";
import { parse as parseToml } from "smol-toml";
import { z } from "zod";
import { hopStarts, stageOf } from "../src/pipeline/stages/stage-table.ts";
import { seededRandom } from "../test/support/seeded-random.ts";
import { timesOf } from "./statistics.ts";

/** Cloudflare's limits, and what was measured or assumed. Times are seconds. docs/scale.md has the sources. */
export const assumptions = {
  /** Batches of one queue that run at once, and messages that a queue takes in a second. */
  consumers: 250,
  messagesPerSecond: 5_000,
  /** From a send to a free consumer, from the client to the accepted scan, and a call of an object. Assumed. */
  hop: { p50: 0.05, p99: 0.5 },
  accept: { p50: 0.08, p99: 0.6 },
  objectCall: { p50: 0.01, p99: 0.1 },
  /** Until a model's answer is complete, and until its headers are there. Assumed. */
  model: { p50: 2, p99: 12 },
  headers: { p50: 0.3, p99: 1.5 },
  /** Connections of one invocation that may wait for headers. */
  connections: 6,
  /** Batches that run in one isolate at the same time. Assumed. Each isolate writes its metrics once a second. */
  batchesPerIsolate: 10,
  metricsWrite: 0.001,
  /** D1's one writer, measured on SQLite: a batch, and each message in it. Events include their projections. */
  events: { batch: 0.004, each: 0.000_4 },
  saves: { batch: 0.000_5, each: 0.000_04 },
  /** The share of scans whose character is new to their user. Assumed. */
  newCharacter: 0.3,
} as const;

/** The share of its capacity that a part is planned to use, and the share from which it falls behind. */
export const planned = 0.7;
const full = 0.95;

const Consumers = z.object({
  queues: z.object({
    consumers: z.array(
      z.object({ queue: z.string(), max_batch_size: z.number(), max_batch_timeout: z.number() }),
    ),
  }),
});

/** The queues of the stage table, by the first stage of each hop, and those in front of a database. */
export async function readProject() {
  const { queues } = Consumers.parse(parseToml(await readFile("wrangler.toml", "utf8")));
  const batchOf = (name: string) => {
    const found = queues.consumers.find((it) => it.queue === name);
    if (!found) throw new RangeError(`wrangler.toml has no consumer of ${name}`);
    return { size: found.max_batch_size, waitSeconds: found.max_batch_timeout };
  };
  return {
    hops: hopStarts.map((start) => {
      const { name, batch, shards } = stageOf(start);
      return { name, size: batch.size, shards: shards.filter((it) => it !== "bulk").length };
    }),
    events: batchOf("scan-events"),
    saves: batchOf("character-ownership"),
  };
}
export type Project = Awaited<ReturnType<typeof readProject>>;

/** How often each part exists. Each database has a queue of events and one of each kind of save. */
export interface Layout {
  hops: number[];
  databases: number;
  /** Whether each isolate writes its sums to D1. */
  metricsInDatabase: boolean;
}

export const currentLayout = ({ hops }: Project): Layout => ({
  hops: hops.map(({ shards }) => shards),
  databases: 1,
  metricsInDatabase: true,
});

/** The smallest layout that carries a rate with a reserve, and has no fewer queues than today's. */
export const layoutFor = (rate: number, project: Project): Layout => ({
  hops: project.hops.map(({ size, shards }) =>
    Math.max(shards, Math.ceil(rate / (planned * queueCapacity(size)))),
  ),
  databases: Math.ceil(rate / (planned * databaseCapacity(project))),
  metricsInDatabase: false,
});

/** Log-normal times from a seeded source: half are below `p50`, and one in a hundred is above `p99`. */
export function randomTimes(uniform = seededRandom(1)) {
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return ({ p50, p99 }: { p50: number; p99: number }) =>
    p50 * (p99 / p50) ** (normal() / 2.326_347_874);
}

/** When each message of a batch is done. All models are asked at once, but few connections may wait for headers. */
function messageTimes(size: number, time: ReturnType<typeof randomTimes>): number[] {
  const { objectCall, headers, model } = assumptions;
  const connections = Array.from({ length: assumptions.connections }, () => 0);
  return Array.from({ length: size }, () => {
    const free = Math.min(...connections);
    const asked = Math.max(free, time(objectCall));
    const headersAfter = time(headers);
    connections[connections.indexOf(free)] = asked + headersAfter;
    return asked + Math.max(headersAfter, time(model)) + time(objectCall);
  });
}

/** The mean time of a message in a batch of `size`, and of the batch, which takes as long as its slowest message. */
export function batchTimes(size: number, draws = 4_000): { message: number; batch: number } {
  const time = randomTimes();
  let [message, batch] = [0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const times = messageTimes(size, time);
    message += times.reduce((sum, each) => sum + each, 0) / size / draws;
    batch += Math.max(...times) / draws;
  }
  return { message, batch };
}

const timesBySize = new Map<number, ReturnType<typeof batchTimes>>();
function cachedTimes(size: number) {
  const times = timesBySize.get(size) ?? batchTimes(size);
  timesBySize.set(size, times);
  return times;
}

/** Messages a second of one queue of stages whose consumers all have batches of `size`. */
export const queueCapacity = (size: number): number =>
  Math.min(assumptions.messagesPerSecond, (assumptions.consumers * size) / cachedTimes(size).batch);

/** The share of its time that a database's one writer works for so many scans a second, and isolates. */
function databaseLoad({ events, saves }: Project, scans: number, isolates: number): number {
  const work = (
    { size, waitSeconds }: Project["saves"],
    perSecond: number,
    kind: "events" | "saves",
  ) => {
    // A batch is full, or has what has come when its first message has waited.
    const batch = Math.max(1, Math.min(size, perSecond * waitSeconds));
    return perSecond * (assumptions[kind].each + assumptions[kind].batch / batch);
  };
  const saved = 2 * work(saves, scans * assumptions.newCharacter, "saves");
  return work(events, scans, "events") + saved + isolates * assumptions.metricsWrite;
}

/** Scans a second of one database: all of its batches are full. */
export const databaseCapacity = (project: Project): number => 1e6 / databaseLoad(project, 1e6, 0);

/** All shards of one kind of queue, or all databases. */
export interface Part {
  name: string;
  shards: number;
  /** Messages or scans a second that one of them is sent, and those that it carries. */
  perSecond: number;
  capacity: number;
  /** The 95th percentile of the wait in its queue, s. A database has none. */
  p95?: number;
}

/** Whether a part carries its load, or what keeps it from that. */
export function verdictOf({ shards, perSecond, capacity, p95 }: Part): string {
  const refused = p95 === undefined ? 0 : (perSecond - assumptions.messagesPerSecond) * shards;
  if (refused > 0) return `breaks: refuses ${rounded(refused)}/s`;
  if (perSecond / capacity >= full) return "breaks: falls behind";
  return perSecond / capacity > planned + 0.01 ? "has no reserve" : "carries it";
}

/** Two digits, or all of a large number's. */
export const rounded = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(2)));

/** What one queue of stages does at a rate: the mean size of its batches, their times, and the wait for a place. */
function flowOf(fullSize: number, perSecond: number) {
  // Batches grow until their places are enough.
  let [size, largest] = [1, fullSize];
  while (size < largest) {
    const middle = (size + largest) >> 1;
    if (queueCapacity(middle) < perSecond) size = middle + 1;
    else largest = middle;
  }
  const times = cachedTimes(size);
  // With all places in use a message waits for the next free one, and they become free at random.
  return { size, times, wait: size > 1 ? times.batch / assumptions.consumers : 0 };
}

/** What each part does at a steady rate of scans a second. What a part does not carry never reaches the next. */
export function capacityAt(rate: number, project: Project, layout: Layout) {
  const { messagesPerSecond, newCharacter, batchesPerIsolate } = assumptions;
  const { databases } = layout;
  let [carried, modelCalls, isolates] = [rate, 0, 0];
  const flows: ReturnType<typeof flowOf>[] = [];
  const parts: Part[] = [];
  for (const [place, { name, size }] of project.hops.entries()) {
    const shards = layout.hops[place] ?? 1;
    const [perSecond, capacity] = [carried / shards, queueCapacity(size)];
    const flow = flowOf(size, perSecond);
    flows.push(flow);
    parts.push({ name, shards, perSecond, capacity, p95: flow.wait * Math.log(20) });
    carried = Math.min(perSecond, capacity) * shards;
    // Little's law: what is at work is what comes a second times how long it stays.
    modelCalls += carried * flow.times.message;
    isolates += ((carried / flow.size) * flow.times.batch) / batchesPerIsolate;
  }
  const scans = carried / databases;
  const queues = { events: 1, ownership: newCharacter, characters: newCharacter };
  for (const [name, share] of Object.entries(queues)) {
    const perSecond = scans * share;
    const { size, waitSeconds } = name === "events" ? project.events : project.saves;
    const p95 = 0.95 * Math.min(size / perSecond, waitSeconds);
    parts.push({ name, shards: databases, perSecond, capacity: messagesPerSecond, p95 });
  }
  const perSecond = Math.min(scans, messagesPerSecond);
  const writing = layout.metricsInDatabase ? isolates / databases : 0;
  const capacity = perSecond / databaseLoad(project, perSecond, writing);
  parts.push({ name: "D1 writer", shards: databases, perSecond, capacity });

  // From submit to the end of the last stage, s. It holds while every part carries its load.
  const uniform = seededRandom(2);
  const time = randomTimes(uniform);
  const ends = Array.from({ length: 8_000 }, (_, scan) =>
    flows.reduce((sum, { size, wait }) => {
      const waited = time(assumptions.hop) - wait * Math.log(1 - uniform());
      return sum + waited + (messageTimes(size, time)[scan % size] ?? 0);
    }, time(assumptions.accept)),
  );
  return { parts, carried, modelCalls, endToEnd: timesOf(ends) };
}
