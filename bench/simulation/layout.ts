import type { Built } from "./consumers.ts";

/** How often each part is there. */
export interface Layout {
  /** Queues of each stage that is crossed, in order. */
  hops: number[];
  /** Queues of the event log, and of each of the two kinds of saves. */
  events: number;
  saves: number;
  /** Databases, by a hash of the user. */
  databases: number;
  /** Objects that say what is paused. */
  controls: number;
  /** Whether each isolate writes its sums to D1. */
  metricsInDatabase: boolean;
}

/** As it is deployed today. */
export const asBuilt = ({ hops }: Built): Layout => ({
  hops: hops.map(({ shards }) => shards),
  events: 1,
  saves: 1,
  databases: 1,
  controls: 1,
  metricsInDatabase: true,
});

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

const counts = ({ hops, events, saves, databases, controls }: Layout) => [
  ...hops,
  events,
  saves,
  databases,
  controls,
];

/**
 * Into how many equal parts that share nothing a layout falls. Arrivals that are dealt out at random are
 * as random in each, so one part tells of all.
 */
export const partsOf = (layout: Layout): number => counts(layout).reduce(gcd);

/** One of so many equal parts. */
export const partOf = (layout: Layout, parts: number): Layout => ({
  ...layout,
  hops: layout.hops.map((shards) => shards / parts),
  events: layout.events / parts,
  saves: layout.saves / parts,
  databases: layout.databases / parts,
  controls: layout.controls / parts,
});
