import type { Scenario } from "./measure-load.ts";

/** With a model that answers at once. The last is for what is measured with every client waiting. */
export const atOnce: readonly Scenario[] = [
  { clients: 64, scans: 1_000, latencyMs: 0 },
  { clients: 1, scans: 100, latencyMs: 0 },
  { clients: 500, scans: 1_000, latencyMs: 0 },
];
/** With a model that takes two seconds, as real ones do at best. */
export const slowly: readonly Scenario[] = [
  { clients: 1, scans: 2, latencyMs: 2_000 },
  { clients: 64, scans: 128, latencyMs: 2_000 },
  { clients: 500, scans: 500, latencyMs: 2_000 },
];
