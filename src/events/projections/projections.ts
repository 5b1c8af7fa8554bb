import { confirmations } from "./confirmations.ts";
import { dailyStatistics } from "./daily-statistics.ts";
import type { Projection } from "./projection.ts";

/** All projections. A new one is one file and one row here; it starts at the beginning of the log. */
export const projections: readonly Projection[] = [dailyStatistics, confirmations];
