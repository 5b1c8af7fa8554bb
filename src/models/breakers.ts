import { admit, type Breaker, closed, failed } from "../pipeline/breaker.ts";
import type { Failure } from "../pipeline/errors.ts";
import { cachedControl, tryControl } from "../control-client.ts";

/** Circuit breakers by provider. Their promises never reject. */
export interface Breakers {
  /** Milliseconds until a call is admitted; 0 when it is now. */
  waitMs(provider: string): Promise<number>;
  succeeded(provider: string): Promise<void>;
  /** Counts a transient error. */
  failed(provider: string, failure: Failure): Promise<void>;
  /** The failure that opened the provider's breaker; null when it is not known. */
  causeOf(provider: string): Failure | null;
}

/** Breakers of one isolate alone. */
export function isolateBreakers(now: () => number = Date.now): Breakers {
  const breakers = new Map<string, Breaker>();
  const of = (provider: string) => breakers.get(provider) ?? closed;
  return {
    async waitMs(provider) {
      const { breaker, waitMs } = admit(of(provider), now());
      breakers.set(provider, breaker);
      return waitMs;
    },
    async succeeded(provider) {
      breakers.delete(provider);
    },
    async failed(provider, failure) {
      breakers.set(provider, failed(of(provider), now(), null, failure));
    },
    causeOf: (provider) => of(provider).cause,
  };
}

/**
 * Breakers that all isolates share through the control object. They report each failure, and a success
 * only after failures, so that a healthy provider costs no call. While the object is not reachable,
 * the isolate's `own` breakers decide.
 */
export function controlBreakers(env: Env, own: Breakers = isolateBreakers()): Breakers {
  const succeededAt = new Map<string, number>();
  return {
    async waitMs(provider) {
      const control = cachedControl(env);
      if (!control.reachable) return own.waitMs(provider);
      const breaker = control.breakerOf(provider);
      const { waitMs } = admit(breaker, Date.now());
      if (breaker.openedAt === null || waitMs > 0) return waitMs;
      return (await tryControl(env, (it) => it.admit(provider))) ?? own.waitMs(provider);
    },
    async succeeded(provider) {
      succeededAt.set(provider, Date.now());
      await own.succeeded(provider);
      const control = cachedControl(env);
      if (control.breakerOf(provider).failures === 0) return;
      await tryControl(env, (it) => it.succeeded(provider));
    },
    async failed(provider, failure) {
      const lastSuccess = succeededAt.get(provider) ?? null;
      const reported = tryControl(env, (it) => it.failed(provider, lastSuccess, failure));
      await Promise.all([own.failed(provider, failure), reported]);
    },
    causeOf: (provider) => cachedControl(env).breakerOf(provider).cause ?? own.causeOf(provider),
  };
}
