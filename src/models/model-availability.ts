import type { ControlSnapshot } from "../control-client.ts";
import { phaseOf } from "../pipeline/breaker.ts";
import { models } from "./catalog.ts";
import type { ModelRegistry } from "./model-registry.ts";

export interface ModelAvailability {
  /** Names of models none of whose providers has a closed circuit breaker. */
  unavailable: readonly string[];
  /** For each provider whose breaker is half-open: all models but those that can probe it. */
  probes: readonly (readonly string[])[];
}

/** Which models can be called now, themselves or by a fallback. */
export function modelAvailability(
  { providersOf }: ModelRegistry,
  control: ControlSnapshot,
): ModelAvailability {
  const now = Date.now();
  const names = models.map(({ name }) => name);
  const isIn = (phase: string) => (provider: string) =>
    phaseOf(control.breakerOf(provider), now) === phase;
  const unavailable = names.filter((name) => !providersOf(name).some(isIn("closed")));
  const halfOpen = new Set(unavailable.flatMap(providersOf).filter(isIn("half-open")));
  const probes = Array.from(halfOpen, (provider) =>
    names.filter((name) => !unavailable.includes(name) || !providersOf(name).includes(provider)),
  );
  return { unavailable, probes };
}
