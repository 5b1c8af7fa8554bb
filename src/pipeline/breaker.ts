import { z } from "zod";

/** A circuit breaker's limits: opens after `failures` in a row, and lets one through after `openMs`. */
export const breakerLimits = { failures: 5, openMs: 30_000, probeMs: 60_000 };

const at = z.int().nullable();

/** What is known of one provider. Times are Unix ms. */
export const Breaker = z.object({
  /** Failures in a row, and when the first of them was told. */
  failures: z.int().nonnegative(),
  failingSince: at,
  openedAt: at,
  /** When the one attempt was let through that decides whether it closes. */
  probedAt: at,
});
export type Breaker = z.infer<typeof Breaker>;

export const closed: Breaker = { failures: 0, failingSince: null, openedAt: null, probedAt: null };

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

/**
 * A call failed for a passing reason. Where many share a breaker not each success is told, so who
 * tells of a failure may say when it last saw one succeed (`succeededAt`): that ends the row, too. Otherwise a
 * busy provider that fails now and then would be left alone.
 */
export function failed(breaker: Breaker, now: number, succeededAt: number | null = null): Breaker {
  const { openedAt } = breaker;
  const row = openedAt === null && isAfter(succeededAt, breaker.failingSince) ? closed : breaker;
  const failures = row.failures + 1;
  const opens = openedAt !== null || failures >= breakerLimits.failures;
  return {
    failures,
    failingSince: row.failingSince ?? now,
    openedAt: opens ? now : null,
    probedAt: null,
  };
}

const isAfter = (a: number | null, b: number | null): boolean => a !== null && b !== null && a > b;

/** `half-open` from when one attempt may decide until it has. */
export function phaseOf({ openedAt }: Breaker, now: number): "closed" | "open" | "half-open" {
  if (openedAt === null) return "closed";
  return now < openedAt + breakerLimits.openMs ? "open" : "half-open";
}
