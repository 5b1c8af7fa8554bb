import { z } from "zod";
import type { TimeRange } from "../events/time-ranges.ts";
import { callAccount } from "../objects.ts";
import { sha256 } from "../platform/sha256.ts";
import { selectAll } from "../platform/sql.ts";

const Range = z.object({ from: z.int(), to: z.int() });

/**
 * When the events of a user may have happened: while the user's scans ran, and since an erasure of theirs runs, as
 * its first pass forgets the scans. Parts of the log of other times are not read.
 */
export async function eventRangesOf(env: Env, userId: string): Promise<TimeRange[]> {
  const now = Date.now();
  const hash = await sha256(userId);
  const [account, stored] = await Promise.all([
    callAccount(env, userId, (it) => it.ranges()),
    selectAll(env.DB, Range)`
      SELECT requested_at AS "from", ended_at AS "to" FROM earlier_scans WHERE user_id = ${userId}
      UNION ALL SELECT requested_at, ${now} FROM erasures
      WHERE user_hash = ${hash} AND status = 'running'`,
  ]);
  return [...account, ...stored].map(({ from, to }) => [from - clockMs, to + clockMs]);
}

/** What the clocks of two machines may differ, ms. */
const clockMs = 60 * 1000;
