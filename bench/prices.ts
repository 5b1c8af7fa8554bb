/** When the prices were read. docs/deploy.md links the pages of Cloudflare's documentation that have them. */
export const readOn = "November 2026";
/** What Workers Paid costs a month, US dollars. */
export const planUsd = 5;

/**
 * A meter of Cloudflare's bill: US dollars a million units beyond what the plan includes, the units a month
 * that Workers Paid includes, and those a day of Workers Free; null where that is counted otherwise.
 */
const price = (name: string, usd: number, included: number, freeADay: number | null) => ({
  name,
  usd,
  included,
  freeADay,
});

/** Cloudflare's list prices, the only ones in this project. */
export const prices = {
  requests: price("Workers, requests", 0.3, 10e6, 100_000),
  cpuMs: price("Workers, CPU ms", 0.02, 30e6, null),
  /** A message is written, read and deleted: three, for each 64 KB of it. */
  queueOperations: price("Queues, operations", 0.4, 1e6, 10_000),
  objectRequests: price("Durable Objects, requests", 0.15, 1e6, 100_000),
  objectGbSeconds: price("Durable Objects, GB-s", 12.5, 400_000, 13_000),
  /** A set alarm is one, and so is a deleted row. */
  objectRowsWritten: price("Durable Objects, rows written", 1, 50e6, 100_000),
  objectRowsRead: price("Durable Objects, rows read", 0.001, 25e9, 5e6),
  databaseRowsWritten: price("D1, rows written", 1, 50e6, 100_000),
  databaseRowsRead: price("D1, rows read", 0.001, 25e9, 5e6),
  kvReads: price("KV, reads", 0.5, 10e6, 100_000),
  kvWrites: price("KV, writes", 5, 1e6, 1_000),
  r2Writes: price("R2, writes (class A)", 4.5, 1e6, null),
  r2Reads: price("R2, reads (class B)", 0.36, 10e6, null),
  points: price("Analytics Engine, points", 0.25, 10e6, 100_000),
  /** Until 30 November 2026. From then on $0.25 a GB taken in, and $0.10 a GB-month stored. */
  logEvents: price("Workers Logs, events", 0.6, 20e6, 200_000),
  /** $0.80 a hundred thousand, billed since 10 August 2026. Retries are none. */
  workflowSteps: price("Workflows, steps", 8, 500_000, 3_000),
};
export type Meter = keyof typeof prices;
export const meters = Object.keys(prices).filter((name): name is Meter => name in prices);

/** US dollars a GB-month. */
export const storagePrices = { photos: 0.015, database: 0.75, objects: 0.2 } as const;
