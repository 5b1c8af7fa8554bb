import { type Counts, type Operations, total } from "./operations.ts";
import { type Meter, meters, prices } from "./prices.ts";

/** How long a call occupies its object, s, and the memory that is billed for it, GB. Assumed. */
const callSeconds = 0.01;
const objectGb = 0.128;

/** How much of each meter a scan uses. */
export type Usage = Record<Meter, number>;

/** The billed use that counts come to. A consumer's batch counts as a request. */
export function usageOf(counts: Counts, cpuMs: number | null): Usage {
  const sum = (...names: (keyof Counts)[]) =>
    names.reduce((all, name) => all + total(counts[name]), 0);
  return {
    requests: sum("requests", "queueBatches"),
    cpuMs: cpuMs ?? 0,
    queueOperations: sum("queueWrites", "queueReads", "queueDeletes"),
    objectRequests: sum("objectCalls"),
    objectGbSeconds: sum("objectCalls") * callSeconds * objectGb,
    objectRowsWritten: sum("objectRowsWritten", "objectAlarms"),
    objectRowsRead: sum("objectRowsRead"),
    databaseRowsWritten: sum("databaseRowsWritten"),
    databaseRowsRead: sum("databaseRowsRead"),
    kvReads: sum("kvReads"),
    kvWrites: sum("kvWrites"),
    r2Writes: sum("r2Writes"),
    r2Reads: sum("r2Reads"),
    points: sum("points"),
    logEvents: sum("logLines"),
    workflowSteps: 0,
  };
}

export const usageOfRun = ({ perScan, cpuMs }: Operations): Usage => usageOf(perScan, cpuMs);

/** US dollars of one meter for a million scans, nothing included. */
export const usdOfMillion = (usage: Usage, meter: Meter): number =>
  usage[meter] * prices[meter].usd;

/** US dollars of all meters for a million scans. */
export const costOfMillion = (usage: Usage): number =>
  meters.reduce((sum, meter) => sum + usdOfMillion(usage, meter), 0);

/** The scans a month that the plan's price includes, and the meter that is used up first. */
export function includedScans(usage: Usage): { scans: number; meter: Meter } {
  const enough = (meter: Meter) =>
    usage[meter] > 0 ? prices[meter].included / usage[meter] : Infinity;
  const meter = meters.reduce((least, each) => (enough(each) < enough(least) ? each : least));
  return { scans: enough(meter), meter };
}

/** What the plan includes, as text. */
export function includedText(usage: Usage): string {
  const { scans, meter } = includedScans(usage);
  const rounded = Number(scans.toPrecision(2)).toLocaleString("en");
  return `${rounded} scans a month (${prices[meter].name} are used up first)`;
}
