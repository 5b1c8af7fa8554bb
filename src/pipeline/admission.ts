import { z } from "zod";

/** What one user may do; null for no limit. */
export interface Quota {
  perDay: number | null;
  atOnce: number | null;
}

/** How much of a limit is used, and when there is more again, s. */
export interface Budget {
  limit: number;
  remaining: number;
  resetSeconds: number;
}

/**
 * Which way a scan goes through the queues. A user who has many scans on the way goes by the bulk
 * queues, so that nobody else's scan waits behind them.
 */
export const Lane = z.enum(["prompt", "bulk"]);
export type Lane = z.infer<typeof Lane>;

/** How many scans of one user may be on the way before the next ones go in bulk. */
export const promptScans = 4;

/** What a scan is told of its user when it is let in. */
export interface Standing {
  lane: Lane;
  /** Codes of the characters that they were given, and told of. */
  owned: string[];
}

/** Whether a scan may be accepted, and what is left of its user's budget afterwards. */
export type Admission =
  | { admitted: true; lane: Lane; budgets: Partial<Record<keyof Quota, Budget>> }
  | {
      admitted: false;
      refusedBy: keyof Quota;
      budgets: Partial<Record<keyof Quota, Budget>>;
    };

/** How soon one of several running scans may have ended, s. */
const atOnceRetrySeconds = 5;
const dayMs = 24 * 60 * 60 * 1000;
/** Korea has no summer time. */
const seoulMs = 9 * 60 * 60 * 1000;

/** The number of a day in Korea, where a day's budget ends at midnight. */
export const seoulDay = (now: number): number => Math.floor((now + seoulMs) / dayMs);

const secondsToMidnight = (now: number): number =>
  Math.ceil(((seoulDay(now) + 1) * dayMs - seoulMs - now) / 1000);

/** Decides on one more scan of a user who has so many `today` and so many `open`. */
export function decideAdmission(
  quota: Quota,
  { today, open }: { today: number; open: number },
  now: number,
): Admission {
  const used = { perDay: today, atOnce: open };
  const resets = { perDay: secondsToMidnight(now), atOnce: atOnceRetrySeconds };
  const over = (["perDay", "atOnce"] as const).find(
    (name) => used[name] >= (quota[name] ?? Infinity),
  );
  const budgets: Partial<Record<keyof Quota, Budget>> = {};
  for (const name of ["perDay", "atOnce"] as const) {
    const limit = quota[name];
    if (limit === null) continue;
    const remaining = Math.max(0, limit - used[name] - (over ? 0 : 1));
    budgets[name] = { limit, remaining, resetSeconds: resets[name] };
  }
  if (over) return { admitted: false, refusedBy: over, budgets };
  return { admitted: true, lane: open < promptScans ? "prompt" : "bulk", budgets };
}
