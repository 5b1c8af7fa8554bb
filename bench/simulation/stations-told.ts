import type { Queue } from "./queue.ts";
import type { Server } from "./server.ts";

/** One kind of queue or server, all of its shards together. */
export interface StationResult {
  name: string;
  shards: number;
  /** Messages or calls a second of one shard. */
  perSecond: number;
  /** The share of its places, or of its time, that was in use. */
  utilisation: number;
  /** The share of what it can do. Places that hold a part of a batch have room for the rest. */
  load: number;
  p50: number;
  p95: number;
  /** What a queue refused, a second. */
  refusedPerSecond: number;
  /** What waits at the end: messages, or seconds of work. */
  backlog: number;
}

const sum = <Each>(all: readonly Each[], of: (one: Each) => number) =>
  all.reduce((total, one) => total + of(one), 0);

/** What shards have measured, put together: the worst of them says what it is like to wait. */
export function queueResult<Message>(
  name: string,
  all: readonly Queue<Message>[],
  parts: number,
  seconds: number,
  capacity: number,
): StationResult {
  const perSecond = sum(all, (it) => it.taken()) / all.length / seconds;
  return {
    name,
    shards: all.length * parts,
    perSecond,
    utilisation: Math.max(...all.map((it) => it.utilisation())),
    load: Math.max(perSecond / capacity, ...all.map((it) => it.utilisation() * it.fill())),
    p50: Math.max(...all.map(({ waits }) => waits.percentile(50))),
    p95: Math.max(...all.map(({ waits }) => waits.percentile(95))),
    refusedPerSecond: (sum(all, (it) => it.refused()) * parts) / seconds,
    backlog: sum(all, (it) => it.waiting()) * parts,
  };
}

export function serverResult(
  name: string,
  all: readonly Server[],
  parts: number,
  seconds: number,
): StationResult {
  return {
    name,
    shards: all.length * parts,
    perSecond: sum(all, (it) => it.asked()) / all.length / seconds,
    utilisation: Math.max(...all.map((it) => it.utilisation())),
    load: Math.max(...all.map((it) => it.utilisation())),
    p50: Math.max(...all.map(({ waits }) => waits.percentile(50))),
    p95: Math.max(...all.map(({ waits }) => waits.percentile(95))),
    refusedPerSecond: 0,
    backlog: Math.max(...all.map((it) => it.backlog())),
  };
}
