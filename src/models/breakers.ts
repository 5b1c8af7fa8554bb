import { admit, type Breaker, closed, failed } from "../pipeline/breaker.ts";

/** Who may be asked, by provider: one that keeps failing is left alone for a while. */
export interface Breakers {
  /** 0 when it may be asked, or in how many ms. */
  waitMs(provider: string): number;
  succeeded(provider: string): void;
  /** It failed for a passing reason. */
  failed(provider: string): void;
}

/** Breakers of one isolate, which learns by itself that a provider is down. */
export function isolateBreakers(now: () => number = Date.now): Breakers {
  const breakers = new Map<string, Breaker>();
  const of = (provider: string) => breakers.get(provider) ?? closed;
  return {
    waitMs(provider) {
      const { breaker, waitMs } = admit(of(provider), now());
      breakers.set(provider, breaker);
      return waitMs;
    },
    succeeded: (provider) => void breakers.delete(provider),
    failed: (provider) => void breakers.set(provider, failed(of(provider), now())),
  };
}
