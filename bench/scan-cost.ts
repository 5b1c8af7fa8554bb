import { type Counts, type Operations, total } from "./operations.ts";
import { type Meter, meters, type PerMeter, perMeter, prices } from "./prices.ts";

/** How long a call occupies its object, s, and the memory that is billed for it, GB. Assumed. */
const callSeconds = 0.01;
const objectGb = 0.128;

/** How much of each meter a scan uses. */
export type Usage = PerMeter;

/** The billed use that counts come to. A consumer's batch counts as a request, and each call as a log event. */
export function usageOf(counts: Counts, cpuMs: number | null): Usage {
  const calls = total(counts.objectCalls);
  const requests = total(counts.requests) + total(counts.queueBatches);
  return {
    requests,
    cpuMs: cpuMs ?? 0,
    queueOperations:
      total(counts.queueWrites) + total(counts.queueReads) + total(counts.queueDeletes),
    objectRequests: calls,
    objectGbSeconds: calls * callSeconds * objectGb,
    objectRowsWritten: total(counts.objectRowsWritten) + total(counts.objectAlarms),
    objectRowsRead: total(counts.objectRowsRead),
    databaseRowsWritten: total(counts.databaseRowsWritten),
    databaseRowsRead: total(counts.databaseRowsRead),
    kvReads: total(counts.kvReads),
    kvWrites: total(counts.kvWrites),
    r2Writes: total(counts.r2Writes),
    r2Reads: total(counts.r2Reads),
    points: total(counts.points),
    logEvents: total(counts.logLines) + requests + calls,
    workflowSteps: 0,
  };
}

export const usageOfRun = ({ perScan, cpuMs }: Operations): Usage => usageOf(perScan, cpuMs);

/** US dollars for a million scans, by meter, nothing included. */
export const costOfMillion = (usage: Usage): PerMeter =>
  perMeter((meter) => usage[meter] * prices[meter].usd);

export const sumOf = (usd: PerMeter): number => meters.reduce((sum, meter) => sum + usd[meter], 0);

/** The scans a month that the plan's price includes, and the meter that is used up first. */
export function includedScans(usage: Usage): { scans: number; meter: Meter } {
  const enough = (meter: Meter) =>
    usage[meter] > 0 ? prices[meter].included / usage[meter] : Infinity;
  const meter = meters.reduce((least, each) => (enough(each) < enough(least) ? each : least));
  return { scans: enough(meter), meter };
}
