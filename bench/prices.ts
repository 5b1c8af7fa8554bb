import { z } from "zod";

/** A meter of Cloudflare's bill. */
interface Price {
  name: string;
  /** US dollars a million units, beyond what the plan includes. */
  usd: number;
  /** Units a month that Workers Paid includes. */
  included: number;
  /** Units a day on Workers Free; null where that is counted otherwise. */
  freeADay: number | null;
  /** The page of Cloudflare's documentation that has it. */
  source: string;
}

const Meter = z.enum([
  "requests",
  "cpuMs",
  "queueOperations",
  "objectRequests",
  "objectGbSeconds",
  "objectRowsWritten",
  "objectRowsRead",
  "databaseRowsWritten",
  "databaseRowsRead",
  "kvReads",
  "kvWrites",
  "r2Writes",
  "r2Reads",
  "points",
  "logEvents",
  "workflowSteps",
]);
export type Meter = z.infer<typeof Meter>;
export const meters = Meter.options;

const PerMeter = z.record(Meter, z.number());
/** A number for each meter: units, or US dollars. */
export type PerMeter = z.infer<typeof PerMeter>;
export const perMeter = (of: (meter: Meter) => number): PerMeter =>
  PerMeter.parse(Object.fromEntries(meters.map((meter) => [meter, of(meter)])));

/** When they were read. */
export const readOn = "November 2026";
/** What the plan itself costs a month, US dollars. */
export const planUsd = 5;

const million = 1_000_000;
const docs = "https://developers.cloudflare.com";
const workers = `${docs}/workers/platform/pricing/`;
const objects = `${docs}/durable-objects/platform/pricing/`;
const d1 = `${docs}/d1/platform/pricing/`;
const kv = `${docs}/kv/platform/pricing/`;
const r2 = `${docs}/r2/pricing/`;

const price = (
  name: string,
  usd: number,
  included: number,
  freeADay: number | null,
  source: string,
): Price => ({ name, usd, included, freeADay, source });

/** Cloudflare's list prices, the only ones in this project. */
export const prices: Record<Meter, Price> = {
  requests: price("Workers, requests", 0.3, 10 * million, 100_000, workers),
  cpuMs: price("Workers, CPU ms", 0.02, 30 * million, null, workers),
  /** A message is written, read and deleted: three, for each 64 KB of it. */
  queueOperations: price(
    "Queues, operations",
    0.4,
    million,
    10_000,
    `${docs}/queues/platform/pricing/`,
  ),
  objectRequests: price("Durable Objects, requests", 0.15, million, 100_000, objects),
  objectGbSeconds: price("Durable Objects, GB-s", 12.5, 400_000, 13_000, objects),
  /** Setting an alarm is one, and so is deleting a row. */
  objectRowsWritten: price("Durable Objects, rows written", 1, 50 * million, 100_000, objects),
  objectRowsRead: price(
    "Durable Objects, rows read",
    0.001,
    25_000 * million,
    5 * million,
    objects,
  ),
  databaseRowsWritten: price("D1, rows written", 1, 50 * million, 100_000, d1),
  databaseRowsRead: price("D1, rows read", 0.001, 25_000 * million, 5 * million, d1),
  kvReads: price("KV, reads", 0.5, 10 * million, 100_000, kv),
  kvWrites: price("KV, writes", 5, million, 1_000, kv),
  r2Writes: price("R2, writes (class A)", 4.5, million, null, r2),
  r2Reads: price("R2, reads (class B)", 0.36, 10 * million, null, r2),
  points: price(
    "Analytics Engine, points",
    0.25,
    10 * million,
    100_000,
    `${docs}/analytics/analytics-engine/pricing/`,
  ),
  /** Until 30 November 2026; then $0.25 a GB taken in, and $0.10 a GB-month stored. */
  logEvents: price(
    "Workers Logs, events",
    0.6,
    20 * million,
    200_000,
    `${docs}/workers/observability/logs/workers-logs/`,
  ),
  /** $0.80 a hundred thousand, billed since 10 August 2026; retries are none. */
  workflowSteps: price(
    "Workflows, steps",
    8,
    500_000,
    3_000,
    `${docs}/workflows/reference/pricing/`,
  ),
};

/** US dollars a GB-month. */
export const storagePrices = { photos: 0.015, database: 0.75 } as const;
