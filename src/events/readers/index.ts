import { audit } from "./audit.ts";
import { dailyStatistics } from "./daily-statistics.ts";
import { history } from "./history.ts";
import type { Reader } from "./reader.ts";

/** Everyone who reads the log. A further reader is one file and one row; it begins by itself. */
export const readers: readonly Reader[] = [history, dailyStatistics, audit];
