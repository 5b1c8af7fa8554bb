/** Exponential growth with full jitter: a wait is drawn from 0 to `min(capMs, baseMs · 2^(n-1))`. */
export interface Backoff {
  baseMs: number;
  capMs: number;
}

/** The longest delay a queue accepts for one message, 12 hours in ms. */
const longestDelayMs = 12 * 60 * 60 * 1000;

/**
 * The wait before the next attempt, in whole seconds, as queues take it. A wait that the provider asked
 * for replaces the drawn one, and is never shortened.
 */
export function retryDelaySeconds(
  attempt: number,
  { baseMs, capMs }: Backoff,
  {
    retryAfterMs,
    random = Math.random,
  }: { retryAfterMs?: number | undefined; random?: () => number } = {},
): number {
  const drawn = random() * Math.min(capMs, baseMs * 2 ** (attempt - 1));
  return Math.ceil(Math.min(retryAfterMs ?? drawn, longestDelayMs) / 1000);
}
