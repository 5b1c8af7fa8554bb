import type { TimeRange } from "../events/time-ranges.ts";

/** When the events of a user may have happened: parts of the log of other times are not read. */
export const eventRangesOf = (_env: Env, _userId: string): Promise<readonly TimeRange[]> =>
  Promise.resolve([[0, Date.now()]]);
