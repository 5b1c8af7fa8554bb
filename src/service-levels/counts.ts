import { z } from "zod";
import type { Series } from "../metrics/series.ts";
import { type ServiceLevelName, serviceLevelNames, withinSeconds } from "./service-levels.ts";

/** How many events there were since counting began, and how many were bad. They only grow. */
export const EventCounts = z.object({ total: z.number(), bad: z.number() });
export type EventCounts = z.infer<typeof EventCounts>;
/** By service level; one that is new is not in an older sample. */
export const ServiceLevelCounts = z.partialRecord(z.enum(serviceLevelNames), EventCounts);
export type ServiceLevelCounts = z.infer<typeof ServiceLevelCounts>;

const isLate = ({ labels: { le = "+Inf" } }: Series) => !(Number(le) <= withinSeconds);

/** What a series adds to the events of a service level, and whether these are bad. */
const counted: Record<
  string,
  { of: ServiceLevelName; isBad: (it: Series) => boolean; adds: boolean }
> = {
  eco2_accept_seconds_bucket: { of: "accepted", isBad: isLate, adds: true },
  eco2_stage_hop_seconds_bucket: { of: "hops", isBad: isLate, adds: true },
  eco2_scans_ended: { of: "ended", isBad: () => false, adds: true },
  eco2_scans_operated: { of: "ended", isBad: () => true, adds: false },
};
/** The series that are counted. */
export const countedNames: readonly string[] = Object.keys(counted);

/** The counts of all service levels in the counters of the metrics. */
export function serviceLevelCounts(series: readonly Series[]): ServiceLevelCounts {
  const counts = {
    accepted: { total: 0, bad: 0 },
    hops: { total: 0, bad: 0 },
    ended: { total: 0, bad: 0 },
  };
  for (const it of series) {
    const row = counted[it.name];
    if (!row) continue;
    if (row.adds) counts[row.of].total += it.value;
    if (row.isBad(it)) counts[row.of].bad += it.value;
  }
  return counts;
}
