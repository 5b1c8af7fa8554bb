import { PermanentError } from "../pipeline/errors.ts";
import type { Model } from "../ports.ts";
import { type ModelRow, models } from "./catalog.ts";
import { type Candidate, type FallbackOptions, withFallbacks } from "./fallback-models.ts";
import type { ProviderModel } from "./provider-model.ts";

/** The models that this deployment has configured. */
export interface ModelRegistry {
  /** Rows that a client may name, the default first. */
  supported: readonly ModelRow[];
  /** The model of a scan that names none. */
  defaultModel: string;
  /** Names of the models that are called after the requested one, in order. */
  fallbacks: readonly string[];
  /** The providers that can serve a scan which names a model: its own, then those of its fallbacks. */
  providersOf: (name: string) => readonly string[];
  /** @throws PermanentError `MODEL_UNSUPPORTED` when the name is not configured. */
  model(name: string): Model;
}

/** Makes the models of one provider. */
export interface Provider {
  /** The system prompt of `classify`. */
  prompt: string;
  model: (row: ModelRow) => ProviderModel;
}

export interface ModelRegistryOptions extends FallbackOptions {
  /** By name. A provider that is not configured has no entry. */
  providers: Readonly<Record<string, Provider | undefined>>;
  /** Empty for the first model that is configured. */
  defaultModel: string;
  fallbacks: readonly string[];
}

/**
 * @throws RangeError when the default or a fallback is not configured: otherwise scans would fail of
 * it later.
 */
export function modelRegistry(options: ModelRegistryOptions): ModelRegistry {
  const { providers, fallbacks } = options;
  const configured = models.filter(({ provider }) => providers[provider]);
  const rowOf = (name: string, setting: string): ModelRow => {
    const row = configured.find((it) => it.name === name);
    if (row) return row;
    const names = configured.map((it) => it.name).join(", ");
    throw new RangeError(`${setting} names ${name}, which is not configured; there is ${names}`);
  };
  const defaultRow = options.defaultModel
    ? rowOf(options.defaultModel, "DEFAULT_MODEL")
    : configured.at(0);
  if (!defaultRow) throw new RangeError("No model is configured, not even the offline one");
  const fallbackRows = fallbacks.map((name) => rowOf(name, "MODEL_FALLBACK"));
  const candidates = new Map<string, Candidate>();
  const made = new Map<string, Model>();

  function candidateOf(row: ModelRow): Candidate[] {
    const existing = candidates.get(row.name);
    if (existing) return [existing];
    const provider = providers[row.provider];
    if (!provider) return [];
    const candidate = { row, model: provider.model(row), prompt: provider.prompt };
    candidates.set(row.name, candidate);
    return [candidate];
  }

  /** The row of a model and those of its fallbacks, in order; none when it is not among `rows`. */
  function candidateRows(name: string, rows: readonly ModelRow[]): ModelRow[] {
    const row = rows.find((it) => it.name === name);
    return row ? [row, ...fallbackRows.filter((it) => it !== row)] : [];
  }

  return {
    supported: [defaultRow, ...configured.filter((it) => it !== defaultRow)],
    defaultModel: defaultRow.name,
    fallbacks,
    providersOf: (name) => candidateRows(name, models).map(({ provider }) => provider),
    model(name) {
      const existing = made.get(name);
      if (existing) return existing;
      const rows = candidateRows(name, configured);
      if (rows.length === 0) {
        throw new PermanentError("MODEL_UNSUPPORTED", `The model ${name} is not configured here.`);
      }
      const model = withFallbacks(rows.flatMap(candidateOf), options);
      made.set(name, model);
      return model;
    },
  };
}
