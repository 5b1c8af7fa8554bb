import type { Built, Hop } from "./consumers.ts";
import type { Layout } from "./layout.ts";
import type { Parameters } from "./parameters.ts";
import { seededRandom } from "./random.ts";
import { answersOf } from "./stations.ts";

/** How much of what it can do a part is planned to do. */
export const planned = 0.7;

const rounds = 4_000;

/** Seconds that a full batch of a stage takes: as long as its slowest message. */
export function batchSeconds(size: number, deadlineSeconds: number, p: Parameters): number {
  const random = seededRandom(1);
  let sum = 0;
  for (let round = 0; round < rounds; round++) {
    sum += Math.max(...answersOf(size, deadlineSeconds, p, random));
  }
  return sum / rounds;
}

/** Messages a second of one queue of a stage, all of its consumers busy with full batches. */
export const hopCapacity = (
  { batch, deadlineSeconds }: Pick<Hop, "batch" | "deadlineSeconds">,
  p: Parameters,
) =>
  Math.min(
    p.messagesPerSecond,
    (p.consumers * batch.size) / batchSeconds(batch.size, deadlineSeconds, p),
  );

/** Scans a second of one database, in full batches: their events, what reads them, and their saves. */
export function databaseCapacity({ events, saves }: Built, p: Parameters): number {
  const { appendEvents, readEvents, saveGrants, newCharacter } = p;
  const event =
    appendEvents.each + readEvents.each + (appendEvents.batch + readEvents.batch) / events.size;
  const save = saveGrants.each + saveGrants.batch / saves.size;
  return 1 / (event + 2 * newCharacter * save);
}

const upTo = (count: number, step: number) => Math.ceil(count / step) * step;

/**
 * The smallest layout that carries a rate with room to spare. Databases come first; queues in front of
 * them in the same number, so that each has one writer, and stages in a multiple of a round step.
 */
export function layoutFor(rate: number, built: Built, p: Parameters): Layout {
  const databases = Math.ceil(rate / (planned * databaseCapacity(built, p)));
  const hops = built.hops.map((hop) => Math.ceil(rate / (planned * hopCapacity(hop, p))));
  // Many shards are simulated as equal parts, which needs a common measure.
  const step = Math.max(databases, ...hops) > 40 ? 20 : 1;
  return {
    hops: built.hops.map(({ shards }, place) => upTo(Math.max(shards, hops[place] ?? 1), step)),
    events: upTo(databases, step),
    saves: upTo(databases, step),
    databases: upTo(databases, step),
    controls: step,
    metricsInDatabase: false,
  };
}
