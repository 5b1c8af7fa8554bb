import { z } from "zod";

/** How many scans one user may submit; null for no limit. */
export interface Quota {
  perDay: number | null;
  atOnce: number | null;
}

/** What is left of a limit, and when it is full again, s. */
export interface Budget {
  limit: number;
  remaining: number;
  resetSeconds: number;
}

/**
 * Which queues carry a scan. Scans of a user who has many open ones take the bulk queues, so that no
 * other user's scan waits behind them.
 */
export const Lane = z.enum(["prompt", "bulk"]);
export type Lane = z.infer<typeof Lane>;

/** How many scans of one user may be open before the next ones take the bulk queues. */
export const promptScans = 4;

/** What admission gives a scan. */
export interface Admitted {
  lane: Lane;
  /** Codes of the characters that its user owns. */
  owned: string[];
}

/** Whether a scan is admitted, and what is left of its user's quota afterwards. */
export type Admission =
  | { admitted: true; lane: Lane; budgets: Partial<Record<keyof Quota, Budget>> }
  | Refusal;

export interface Refusal {
  admitted: false;
  refusedBy: keyof Quota;
  budgets: Partial<Record<keyof Quota, Budget>>;
}

/** When a user at the limit of open scans may try again, s. */
const atOnceRetrySeconds = 5;
const dayMs = 24 * 60 * 60 * 1000;
/** Korea has no summer time. */
const seoulMs = 9 * 60 * 60 * 1000;

/** The number of a day in Korea. */
const seoulDay = (now: number): number => Math.floor((now + seoulMs) / dayMs);

/** When the day in Korea began, where the daily quota is renewed at midnight, Unix ms. */
export const seoulDayStart = (now: number): number => seoulDay(now) * dayMs - seoulMs;

export const secondsToMidnight = (now: number): number =>
  Math.ceil(((seoulDay(now) + 1) * dayMs - seoulMs - now) / 1000);

/** Decides on one more scan of a user who has submitted `today` scans, and has `open` that have not ended. */
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
