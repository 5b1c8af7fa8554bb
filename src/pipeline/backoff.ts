/** Exponential growth with full jitter: a wait is drawn from 0 to `min(capMs, baseMs · 2^(n-1))`. */
export interface Backoff {
  baseMs: number;
  capMs: number;
}

/**
 * The waits between the attempts of a stage, ms; the last is repeated. Together they are longer than half
 * a minute, so that an outage of that length parks no scan.
 */
const attemptWaitsMs = [1_000, 6_000, 25_000] as const;

/**
 * The wait after a failed attempt of a stage, in whole seconds: as listed, and up to half of it longer. A
 * wait that the provider asked for replaces it, and is never shortened.
 */
export function attemptDelaySeconds(
  attempt: number,
  { retryAfterMs, random = Math.random }: DelayOptions = {},
): number {
  const waitMs = attemptWaitsMs[Math.min(attempt, attemptWaitsMs.length) - 1] ?? 0;
  return queueDelaySeconds(retryAfterMs ?? waitMs * (1 + random() / 2));
}

/** The longest that a postponed stage waits at least: a provider that is back is noticed soon, ms. */
const postponeMs = 5_000;

/**
 * The wait of a stage for a provider that may be called in `retryAfterMs`, in whole seconds: at most 10,
 * and spread, so that many do not come at once.
 */
export const postponeSeconds = (retryAfterMs = postponeMs, random = Math.random): number =>
  queueDelaySeconds(Math.min(retryAfterMs, postponeMs) * (1 + random()));

interface DelayOptions {
  retryAfterMs?: number | undefined;
  random?: () => number;
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
  { retryAfterMs, random = Math.random }: DelayOptions = {},
): number {
  const drawn = random() * Math.min(capMs, baseMs * 2 ** (attempt - 1));
  return queueDelaySeconds(retryAfterMs ?? drawn);
}

const queueDelaySeconds = (ms: number): number => Math.ceil(Math.min(ms, longestDelayMs) / 1000);
