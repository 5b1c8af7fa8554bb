import { admit, type Breaker, closed, failed } from "../pipeline/breaker.ts";
import { knownControl, tryControl } from "../pipeline-control.ts";

/** Who may be asked, by provider: one that keeps failing is left alone for a while. None rejects. */
export interface Breakers {
  /** 0 when it may be asked, or in how many ms. */
  waitMs(provider: string): Promise<number>;
  succeeded(provider: string): Promise<void>;
  /** It failed for a passing reason. */
  failed(provider: string): Promise<void>;
}

/** Breakers of one isolate, which learns by itself that a provider is down. */
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
    async failed(provider) {
      breakers.set(provider, failed(of(provider), now()));
    },
  };
}

/**
 * Breakers that all isolates share through the control object, which hears of failures, and of
 * successes only where there were failures: what goes well costs no call. While it cannot be reached,
 * the isolate knows from its `own`.
 */
export function controlBreakers(env: Env, own: Breakers = isolateBreakers()): Breakers {
  const succeededAt = new Map<string, number>();
  return {
    async waitMs(provider) {
      const control = knownControl(env);
      if (!control.reachable) return own.waitMs(provider);
      const breaker = control.breakerOf(provider);
      const { waitMs } = admit(breaker, Date.now());
      if (breaker.openedAt === null || waitMs > 0) return waitMs;
      return (await tryControl(env, (it) => it.admit(provider))) ?? own.waitMs(provider);
    },
    async succeeded(provider) {
      succeededAt.set(provider, Date.now());
      await own.succeeded(provider);
      const control = knownControl(env);
      if (control.breakerOf(provider).failures === 0) return;
      await tryControl(env, (it) => it.succeeded(provider));
    },
    async failed(provider) {
      const told = tryControl(env, (it) => it.failed(provider, succeededAt.get(provider) ?? null));
      await Promise.all([own.failed(provider), told]);
    },
  };
}
