import { z } from "zod";
import type { Failure } from "./errors.ts";

/**
 * A circuit breaker opens after `failures` in a row, and lets one call probe after `openMs`, for `probeMs` at most. While
 * it does, others ask again after `probeWaitMs`: it may have closed the breaker long before its time is over.
 */
export const breakerLimits = {
  failures: 5,
  openMs: 30_000,
  probeMs: 60_000,
  probeWaitMs: 10_000,
};

const at = z.int().nullable();

/** The circuit breaker of one provider. Times are Unix ms. */
export const Breaker = z.object({
  /** Failures in a row, and when the first of them was recorded. */
  failures: z.int().nonnegative(),
  failingSince: at,
  openedAt: at,
  /** When the probe was admitted: the one call that decides whether the breaker closes. */
  probedAt: at,
  /** The failure that opened it, or the last one while it is closed. Breakers of earlier versions have none. */
  cause: z.object({ code: z.string(), message: z.string() }).nullable().default(null),
});
export type Breaker = z.infer<typeof Breaker>;

export const closed: Breaker = {
  failures: 0,
  failingSince: null,
  openedAt: null,
  probedAt: null,
  cause: null,
};

/** When one call may probe the provider, Unix ms; null while the breaker is closed. */
export function nextProbeAt({ openedAt, probedAt }: Breaker): number | null {
  if (openedAt === null) return null;
  // A probe without a result does not keep the breaker open for ever.
  const afterProbe = probedAt === null ? 0 : probedAt + breakerLimits.probeMs;
  return Math.max(openedAt + breakerLimits.openMs, afterProbe);
}

/** Admits a call, or returns in how many ms the caller may try again. */
export function admit(breaker: Breaker, now: number): { breaker: Breaker; waitMs: number } {
  const next = nextProbeAt(breaker);
  if (next === null) return { breaker, waitMs: 0 };
  if (now < next) {
    const most = breaker.probedAt === null ? Infinity : breakerLimits.probeWaitMs;
    return { breaker, waitMs: Math.min(next - now, most) };
  }
  return { breaker: { ...breaker, probedAt: now }, waitMs: 0 };
}

/**
 * A call failed with a transient error. Isolates do not record each success. So the caller passes when it
 * last saw one (`succeededAt`), which ends the row of failures, too. Otherwise the breaker of a busy
 * provider that fails now and then would open.
 */
export function failed(
  breaker: Breaker,
  now: number,
  succeededAt: number | null = null,
  failure: Failure | null = null,
): Breaker {
  const { openedAt } = breaker;
  const row = openedAt === null && isAfter(succeededAt, breaker.failingSince) ? closed : breaker;
  const failures = row.failures + 1;
  const opens = openedAt !== null || failures >= breakerLimits.failures;
  return {
    failures,
    failingSince: row.failingSince ?? now,
    openedAt: opens ? now : null,
    probedAt: null,
    cause: openedAt === null ? failure : (breaker.cause ?? failure),
  };
}

const isAfter = (a: number | null, b: number | null): boolean => a !== null && b !== null && a > b;

/** The breaker's state; `half-open` while a probe may decide. */
export function phaseOf({ openedAt }: Breaker, now: number): "closed" | "open" | "half-open" {
  if (openedAt === null) return "closed";
  return now < openedAt + breakerLimits.openMs ? "open" : "half-open";
}
