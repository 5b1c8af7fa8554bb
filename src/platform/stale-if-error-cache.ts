import { log } from "./log.ts";
import { AuthUnavailable } from "../auth/auth-errors.ts";

export interface StaleIfErrorOptions<Value> {
  /** What it is, for the log. */
  name: string;
  load: () => Promise<Value>;
  /** How long a value is not asked for again, ms. */
  freshMs: number;
  /** How old a value may become while it cannot be had anew, ms. */
  usableMs: number;
  /** How long a load may take, ms. */
  loadMs: number;
  /** How long after a load that failed nobody tries another, ms. */
  pauseMs: number;
}

export interface StaleIfErrorCache<Value> {
  /**
   * The value, no older than `maxAgeMs` if it can be had. While it cannot, the last one goes on;
   * rejects with `AuthUnavailable` when there is none or it has become too old.
   */
  get: (maxAgeMs?: number) => Promise<Value>;
}

/** How often a request looks whether another has loaded what it waits for, ms. */
const lookMs = 20;

/**
 * Holds what was loaded last. Requests at the same time load once, but share no promise: a request
 * may not wait for the I/O of another, so it looks again until the value is there.
 */
export function staleIfErrorCache<Value>(
  options: StaleIfErrorOptions<Value>,
): StaleIfErrorCache<Value> {
  const { name, load, freshMs, usableMs, loadMs, pauseMs } = options;
  let last: { value: Value; at: number } | undefined;
  let failedAt = -Infinity;
  /** A request that leaves takes its load along, so that this ends by itself, too. */
  let loadingUntil = -Infinity;

  function fallBack(): Value {
    if (last && Date.now() - last.at < usableMs) return last.value;
    throw new AuthUnavailable(`${name} cannot be had`);
  }

  return {
    async get(maxAgeMs = freshMs) {
      for (;;) {
        const now = Date.now();
        if (last && now - last.at < maxAgeMs) return last.value;
        if (now - failedAt < pauseMs) return fallBack();
        if (now >= loadingUntil) break;
        // Who does not insist on a newer one goes on with what there is.
        if (last && maxAgeMs >= freshMs && now - last.at < usableMs) return last.value;
        await scheduler.wait(lookMs);
      }
      loadingUntil = Date.now() + loadMs;
      try {
        const value = await inTime(load(), loadMs);
        last = { value, at: Date.now() };
        failedAt = -Infinity;
        return value;
      } catch (error) {
        failedAt = Date.now();
        log("warn", "auth.not_loaded", { name, error: String(error) });
        return fallBack();
      } finally {
        loadingUntil = -Infinity;
      }
    },
  };
}

async function inTime<Value>(loading: Promise<Value>, ms: number): Promise<Value> {
  const late = async () => {
    await scheduler.wait(ms);
    throw new Error(`took longer than ${ms} ms`);
  };
  return Promise.race([loading, late()]);
}
