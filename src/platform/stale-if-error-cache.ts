import { log } from "./log.ts";
import { withTimeout } from "./timeout.ts";

export interface StaleIfErrorOptions<Value> {
  /** What is cached, for the log. */
  name: string;
  /** Loads the value. May return `cached`, the last one, when that is still current. */
  load: (cached: Value | undefined) => Promise<Value>;
  /** Age up to which a value is served without a load, ms. */
  freshMs: number;
  /** Age up to which a value is served when loads fail, ms. */
  usableMs: number;
  /** Deadline of a load, ms. */
  loadMs: number;
  /** Deadline of a load that has a usable value to fall back on, ms. */
  refreshMs?: number;
  /** How long a failed load keeps others from starting, ms. */
  pauseMs: number;
  /** Makes the error that callers get from the last load's error, which is the default. */
  unavailable?: (cause: unknown) => unknown;
}

/**
 * Returns a value no older than `maxAgeMs`, or the last one when that cannot be loaded.
 * Rejects when there is no usable value.
 */
export type StaleIfErrorCache<Value> = (maxAgeMs?: number) => Promise<Value>;

/** How often a request polls for the value that another request loads, ms. */
const pollMs = 20;

/**
 * Caches one value per isolate. Concurrent requests load once but share no promise: a request must
 * not await the I/O of another, which is lost when the other is cancelled. So they poll.
 */
export function staleIfErrorCache<Value>({
  name,
  load,
  freshMs,
  usableMs,
  loadMs,
  refreshMs = loadMs,
  pauseMs,
  unavailable = (cause) => cause,
}: StaleIfErrorOptions<Value>): StaleIfErrorCache<Value> {
  let cached: { value: Value; at: number; load: number } | undefined;
  let failure: { error: unknown; at: number } | undefined;
  let loads = 0;
  /** A time, because a cancelled request takes its load along and clears no flag. */
  let loadingUntil = -Infinity;

  const newerThan = (ageMs: number) =>
    cached && Date.now() - cached.at < ageMs ? cached : undefined;

  function fallBack(): Value {
    const usable = newerThan(usableMs);
    if (usable) return usable.value;
    throw unavailable(failure?.error);
  }

  async function reload(): Promise<Value> {
    const current = ++loads;
    const at = Date.now();
    const deadlineMs = newerThan(usableMs) ? refreshMs : loadMs;
    loadingUntil = at + deadlineMs;
    try {
      const value = await withTimeout(deadlineMs, () => load(cached?.value));
      // A slow load does not replace the value of a later one.
      if (cached && cached.load > current) return cached.value;
      cached = { value, at, load: current };
      failure = undefined;
      return value;
    } catch (error) {
      failure = { error, at: Date.now() };
      log("warn", "cache.load_failed", { name, error: String(error) });
      return fallBack();
    } finally {
      if (current === loads) loadingUntil = -Infinity;
    }
  }

  return async function get(maxAgeMs = freshMs) {
    for (;;) {
      const fresh = newerThan(maxAgeMs);
      if (fresh) return fresh.value;
      if (failure && Date.now() - failure.at < pauseMs) return fallBack();
      if (Date.now() >= loadingUntil) return reload();
      // Only callers that ask for a newer value than usual wait for the load.
      const usable = maxAgeMs < freshMs ? undefined : newerThan(usableMs);
      if (usable) return usable.value;
      await scheduler.wait(pollMs);
    }
  };
}
