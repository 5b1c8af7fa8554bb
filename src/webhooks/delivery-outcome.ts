import { retryDelaySeconds } from "../pipeline/backoff.ts";
import type { PostResult } from "./post.ts";

/** How long a webhook is retried, ms. */
export const deliveryWindowMs = 24 * 60 * 60 * 1000;

export const backoff = { baseMs: 10_000, capMs: 2 * 60 * 60 * 1000 };

/** The status of a delivery after an attempt. */
export type Outcome =
  | { status: "delivered" }
  | { status: "failed" }
  /** `seconds` until the next attempt. */
  | { status: "pending"; seconds: number };

/**
 * Decides whether to retry: no sooner than the receiver's `Retry-After`, up to the cap. A delivery
 * fails on `410 Gone`, on a final result, and when the next attempt would begin after `expiresAt`.
 */
export function outcomeOf(
  { status, error, retryAfterMs = 0, isPermanent = false }: PostResult,
  { attempts, expiresAt, now }: { attempts: number; expiresAt: number; now: number },
  random?: () => number,
): Outcome {
  if (error === null) return { status: "delivered" };
  if (status === 410 || isPermanent) return { status: "failed" };
  const delay = retryDelaySeconds(attempts, backoff, random && { random });
  const retryAfter = Math.ceil(Math.min(retryAfterMs, backoff.capMs) / 1000);
  const seconds = Math.max(delay, retryAfter);
  return now + seconds * 1000 < expiresAt ? { status: "pending", seconds } : { status: "failed" };
}
