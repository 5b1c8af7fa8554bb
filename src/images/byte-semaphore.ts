import { TransientError } from "../pipeline/errors.ts";

export interface SemaphoreOptions {
  /** Bytes that permits may hold together. A larger request gets a permit alone. */
  bytes: number;
  /** How long a permit is valid, ms: a request that was killed does not release its own. */
  leaseMs: number;
  /** How long a request waits for a permit, ms. */
  timeoutMs: number;
}

/**
 * Runs work with a permit for the bytes that it holds.
 *
 * @throws {TransientError} PHOTOS_BUSY when no permit is free in time.
 */
export type Semaphore = <Result>(
  bytes: number,
  signal: AbortSignal,
  work: () => Promise<Result>,
) => Promise<Result>;

const pollMs = 20;

/**
 * Bounds the bytes that an isolate holds at once. A waiting request polls: a promise that another request
 * must settle is never settled when that request is killed.
 */
export function byteSemaphore({
  bytes: capacity,
  leaseMs,
  timeoutMs,
}: SemaphoreOptions): Semaphore {
  const permits = new Map<symbol, { bytes: number; until: number }>();

  function fits(bytes: number): boolean {
    const now = Date.now();
    let used = 0;
    for (const [permit, { bytes, until }] of permits) {
      if (until <= now) permits.delete(permit);
      else used += bytes;
    }
    return used === 0 || used + bytes <= capacity;
  }

  return async function withPermit(bytes, signal, work) {
    const deadline = Date.now() + timeoutMs;
    while (!fits(bytes)) {
      if (Date.now() >= deadline) {
        throw new TransientError("PHOTOS_BUSY", "Too many large photos are being sent right now.");
      }
      await scheduler.wait(pollMs, { signal });
    }
    const permit = Symbol();
    permits.set(permit, { bytes, until: Date.now() + leaseMs });
    try {
      return await work();
    } finally {
      permits.delete(permit);
    }
  };
}
