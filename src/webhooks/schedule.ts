import { retryDelaySeconds } from "../pipeline/backoff.ts";
import type { Answer } from "./post.ts";

/** How long a receiver is tried before a webhook is given up, in ms. */
export const patienceMs = 24 * 60 * 60 * 1000;

export const backoff = { baseMs: 10_000, capMs: 2 * 60 * 60 * 1000 };

/** What a delivery becomes by an answer. */
export type Outcome =
  | { status: "delivered" }
  | { status: "failed" }
  | { status: "pending"; seconds: number };

/**
 * Accepted, given up, or tried again: no sooner than the receiver asked for, up to the cap. `410
 * Gone` is the receiver's word that it wants none; a try that could only come after `expiresAt` is
 * not waited for.
 */
export function outcomeOf(
  { status, error, retryAfterMs = 0 }: Answer,
  { attempts, expiresAt, now }: { attempts: number; expiresAt: number; now: number },
  random?: () => number,
): Outcome {
  if (error === null) return { status: "delivered" };
  if (status === 410) return { status: "failed" };
  const drawn = retryDelaySeconds(attempts, backoff, random && { random });
  const asked = Math.ceil(Math.min(retryAfterMs, backoff.capMs) / 1000);
  const seconds = Math.max(drawn, asked);
  return now + seconds * 1000 < expiresAt ? { status: "pending", seconds } : { status: "failed" };
}
