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

/** The least and the most that a stage waits for a provider until it looks again, ms, before the wait is spread. */
const postponeMs = { least: 5_000, most: 10_000 };

/**
 * The wait of a stage for a provider that may be called in `retryAfterMs`, in whole seconds. It grows with the time
 * that the stage has waited, so that a long outage costs few messages. It is 20 s at most, so that a provider which is
 * back is noticed soon, and spread, so that many do not come at once.
 */
export function postponeSeconds(
  waitedMs: number,
  { retryAfterMs = Infinity, random = Math.random }: DelayOptions = {},
): number {
  const { least, most } = postponeMs;
  const waitMs = Math.min(Math.max(waitedMs / 4, least), most, retryAfterMs);
  return queueDelaySeconds(waitMs * (1 + random()));
}

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
