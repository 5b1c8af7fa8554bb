/** A promise about how many events are good. What is left to the target is the error budget. */
export interface ServiceLevel {
  title: string;
  /** The share of events that have to be good. */
  target: number;
}

/** Good within this time, s: a bucket's bound of both histograms. */
export const withinSeconds = 0.1;

/** What is promised; a new service level is one row here, and one in `counts.ts`. */
export const serviceLevels = {
  accepted: { title: "Accepted within 100 ms", target: 0.95 },
  hops: { title: "Queue hops within 100 ms", target: 0.95 },
  ended: { title: "Ended without an operator", target: 0.999 },
} as const satisfies Record<string, ServiceLevel>;

export type ServiceLevelName = keyof typeof serviceLevels;
export const serviceLevelNames = [
  "accepted",
  "hops",
  "ended",
] as const satisfies ServiceLevelName[];
