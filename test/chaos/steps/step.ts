import type { Fault } from "../faults.ts";
import type { Tracked } from "../tracked.ts";
import type { World } from "../world.ts";

/** One step of a schedule. Its numbers, from 0 to below 1, choose among what there is when it is carried out. */
export interface Step {
  job: number;
  x: number;
  y: number;
  z: number;
  /** What goes wrong in the middle of it, and at which await. */
  fault: Fault | null;
}
/** What may happen, by kind. */
export type Steps = Record<string, (world: World, job: Tracked, step: Step) => Promise<unknown>>;

export const pick = <Item>(items: readonly Item[], x: number): Item | undefined =>
  items[Math.floor(x * items.length)];

export function remove<Item>(items: Item[], item: Item) {
  const index = items.indexOf(item);
  if (index >= 0) items.splice(index, 1);
}

/** A message, mostly one that waits, and else any that was ever sent. */
export const arriving = <Item extends { jobId: string }>(
  { jobId }: Tracked,
  waiting: readonly Item[],
  all: readonly Item[],
  x: number,
) => {
  const own = (it: Item) => it.jobId === jobId;
  return x < 0.85 ? pick(waiting.filter(own), x / 0.85) : pick(all.filter(own), (x - 0.85) / 0.15);
};
