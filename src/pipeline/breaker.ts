/** A circuit breaker's limits: opens after `failures` in a row, and lets one through after `openMs`. */
export const breakerLimits = { failures: 5, openMs: 30_000, probeMs: 60_000 };

/** What is known of one provider. Times are Unix ms. */
export interface Breaker {
  /** Failures in a row. */
  failures: number;
  openedAt: number | null;
  /** When the one attempt was let through that decides whether it closes. */
  probedAt: number | null;
}

export const closed: Breaker = { failures: 0, openedAt: null, probedAt: null };

/** Lets a call through, or says in how many ms to come again. */
export function admit(breaker: Breaker, now: number): { breaker: Breaker; waitMs: number } {
  const { openedAt, probedAt } = breaker;
  if (openedAt === null) return { breaker, waitMs: 0 };
  const next = Math.max(
    openedAt + breakerLimits.openMs,
    // A probe that was never heard of again does not keep it open for ever.
    probedAt === null ? 0 : probedAt + breakerLimits.probeMs,
  );
  if (now < next) return { breaker, waitMs: next - now };
  return { breaker: { ...breaker, probedAt: now }, waitMs: 0 };
}

/** A call failed for a passing reason. */
export function failed(breaker: Breaker, now: number): Breaker {
  const failures = breaker.failures + 1;
  const opens = breaker.openedAt !== null || failures >= breakerLimits.failures;
  return { failures, openedAt: opens ? now : null, probedAt: null };
}
