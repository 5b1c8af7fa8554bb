import { z } from "zod";

/** How often something was done, by what did it: a route, a method, a table, a queue. */
const Tally = z.record(z.string(), z.number());
export type Tally = z.infer<typeof Tally>;

/** What Cloudflare bills, or what that follows from, each with its unit. */
export const Counts = z.object({
  requests: Tally.describe("requests to the Worker"),
  queueBatches: Tally.describe("batches handed to consumers"),
  objectCalls: Tally.describe("calls of objects: RPC, fetch, alarm"),
  objectAlarms: Tally.describe("alarms set, each a row written"),
  objectRowsWritten: Tally.describe("rows written in objects"),
  objectRowsRead: Tally.describe("rows read in objects"),
  queueWrites: Tally.describe("queue messages written, one each 64 KB"),
  queueReads: Tally.describe("queue messages delivered, one each 64 KB"),
  queueDeletes: Tally.describe("queue messages acknowledged, one each 64 KB"),
  databaseCalls: Tally.describe("calls of D1, a batch is one"),
  databaseRowsWritten: Tally.describe("rows written in D1, indexes with them"),
  databaseRowsRead: Tally.describe("rows read in D1"),
  kvReads: Tally.describe("KV reads"),
  kvWrites: Tally.describe("KV writes and deletes"),
  r2Writes: Tally.describe("R2 writes (class A)"),
  r2Reads: Tally.describe("R2 reads (class B)"),
  points: Tally.describe("Analytics Engine points"),
  logLines: Tally.describe("lines logged"),
});
export type Counts = z.infer<typeof Counts>;
export type Operation = keyof Counts;
export const operationNames = Counts.keyof().options;

export const noCounts = (): Counts =>
  Counts.parse(Object.fromEntries(operationNames.map((name) => [name, {}])));

/** The sum of the counts, or of those whose name `isOf` accepts. */
export const total = (tally: Tally, isOf: (name: string) => boolean = () => true): number =>
  Object.entries(tally).reduce((sum, [name, count]) => (isOf(name) ? sum + count : sum), 0);

/** Counts of one scan of so many, each with four digits. */
export const eachOf = (counts: Counts, scans: number): Counts =>
  mapTallies(counts, (tally) =>
    Object.fromEntries(
      Object.entries(tally)
        .toSorted(([, a], [, b]) => b - a)
        .map(([name, count]) => [name, Number((count / scans).toPrecision(4))]),
    ),
  );

/** Counts made of others, tally by tally. */
export const mapTallies = (counts: Counts, of: (tally: Tally, name: Operation) => Tally): Counts =>
  Counts.parse(Object.fromEntries(operationNames.map((name) => [name, of(counts[name], name)])));

/** What a run of scans came to, a scan. */
export const Operations = z.object({
  at: z.iso.datetime(),
  scans: z.int(),
  /** The share of them by users who had none before, so that its character is new to them. */
  newUsers: z.number(),
  scansPerSecond: z.number(),
  /** Of workerd with its simulation of the platform: more than is billed. Null where it is not known. */
  cpuMs: z.number().nullable(),
  perScan: Counts,
  /** The same for one scan that has nobody beside it: by a new user, and by the same once more. */
  alone: z.object({ first: Counts, again: Counts }),
});
export type Operations = z.infer<typeof Operations>;
