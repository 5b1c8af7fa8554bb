import { adaptersOf } from "../adapters.ts";
import { tryControl } from "../control-client.ts";
import { nextProbeAt, phaseOf } from "../pipeline/breaker.ts";
import { countByProvider, type DeadLetterFilter } from "./operated-redrives.ts";

/**
 * The circuit breakers that are not closed, of providers that a redrive of a filter would call: those at fault, and of
 * models that no other provider answers for. Null while the breakers cannot be read. Times are Unix ms.
 */
export async function openBreakersFor(env: Env, filter: DeadLetterFilter, now = Date.now()) {
  const control = await tryControl(env, (object) => object.snapshot());
  if (!control) return null;
  const open = Object.entries(control.breakers).flatMap(([provider, breaker]) => {
    const state = phaseOf(breaker, now);
    const next_probe_at = nextProbeAt(breaker);
    if (state === "closed" || next_probe_at === null) return [];
    return [{ provider, state, opened_at: breaker.openedAt ?? now, next_probe_at }];
  });
  if (open.length === 0 || filter.kind !== "stage") return [];
  const { providersOf } = adaptersOf(env).models;
  const isOpen = (name: string) => open.some(({ provider }) => provider === name);
  const rows = await countByProvider(env.DB, filter, now);
  return open.flatMap((breaker) => {
    const dead_letters = rows.reduce((sum, { provider, model, dead_letters: count }) => {
      const served = model === null ? [] : providersOf(model);
      const calls = served.includes(breaker.provider) && served.every(isOpen);
      return provider === breaker.provider || calls ? sum + count : sum;
    }, 0);
    return dead_letters > 0 ? [{ ...breaker, dead_letters }] : [];
  });
}
