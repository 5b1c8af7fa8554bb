import { PermanentError } from "../pipeline/errors.ts";
import type { Model } from "../ports.ts";
import { type ModelRow, models } from "./catalog.ts";

/** The models this deployment can use. */
export interface ModelDirectory {
  /** Names a client may ask for, the default first. */
  supported: readonly string[];
  /** The model of a scan that names none. */
  fallback: string;
  model(name: string): Model;
}

/** How to make the model of a row, per provider; a provider that is not configured has no entry. */
export type Providers = { [P in ModelRow["provider"]]?: (name: string) => Model };

/**
 * Throws at once when `preferred` names a model that is not configured, since every scan would fail.
 */
export function modelDirectory(providers: Providers, preferred?: string): ModelDirectory {
  const configured = models.filter(({ provider }) => providers[provider]);
  const fallback = configured.find(({ name }) => name === preferred) ?? configured[0];
  if (!fallback || (preferred && fallback.name !== preferred)) {
    const names = configured.map(({ name }) => name).join(", ");
    throw new RangeError(`DEFAULT_MODEL ${preferred} is not configured; there is ${names}`);
  }
  const made = new Map<string, Model>();
  return {
    supported: [
      fallback.name,
      ...configured.map(({ name }) => name).filter((it) => it !== fallback.name),
    ],
    fallback: fallback.name,
    model(name) {
      const known = made.get(name);
      if (known) return known;
      const row = configured.find((it) => it.name === name);
      const model = row && providers[row.provider]?.(name);
      if (!model) {
        throw new PermanentError("MODEL_UNSUPPORTED", `The model ${name} is not configured here.`);
      }
      made.set(name, model);
      return model;
    },
  };
}
