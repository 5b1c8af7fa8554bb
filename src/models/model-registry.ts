import { PermanentError } from "../pipeline/errors.ts";
import { noUsage } from "../pipeline/model-call.ts";
import type { Model } from "../ports.ts";
import { callOf } from "./call-record.ts";
import { type ModelRow, models } from "./catalog.ts";
import { type Candidate, type FallbackOptions, withFallbacks } from "./fallback-models.ts";
import type { ProviderModel } from "./provider-model.ts";
import { daysLeft, whyReplaced } from "./retirement.ts";

/** A model that retires within this time is no default, unless it is set. */
const defaultLivesDays = 90;

/** The models that this deployment has configured. */
export interface ModelRegistry {
  /** Rows that a client may name, the default first. */
  readonly supported: readonly ModelRow[];
  /** The model of a scan that names none. */
  readonly defaultModel: string;
  /** Names of the models that are called after the requested one, in order. */
  fallbacks: readonly string[];
  /** The providers that can serve a scan which names a model: its own, then those of its fallbacks. */
  providersOf: (name: string) => readonly string[];
  /** The row of a model, or of its successor when that answers today. */
  servedRow: (name: string) => ModelRow | undefined;
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
  /** Empty for the first configured model that is not about to retire. */
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
  const find = (name: string) => configured.find((it) => it.name === name);
  const rowOf = (name: string, setting: string): ModelRow => {
    const row = find(name);
    if (row) return row;
    const names = configured.map((it) => it.name).join(", ");
    throw new RangeError(`${setting} names ${name}, which is not configured; there is ${names}`);
  };
  const namedDefault = options.defaultModel && rowOf(options.defaultModel, "DEFAULT_MODEL");
  function defaultRow(): ModelRow {
    const now = Date.now();
    const row = namedDefault || configured.find((it) => daysLeft(it, now) > defaultLivesDays);
    if (!row) throw new RangeError("No model is configured, not even the offline one");
    return row;
  }
  defaultRow();
  const fallbackRows = fallbacks.map((name) => rowOf(name, "MODEL_FALLBACK"));
  const candidates = new Map<string, Candidate>();

  function candidateOf(row: ModelRow): Candidate[] {
    const existing = candidates.get(row.name);
    if (existing) return [existing];
    const provider = providers[row.provider];
    if (!provider) return [];
    const candidate = { row, model: provider.model(row), prompt: provider.prompt };
    candidates.set(row.name, candidate);
    return [candidate];
  }

  /** The rows that are called for a model and its fallbacks, in order, each once. */
  const candidateRows = (row: ModelRow) => [...new Set([row, ...fallbackRows].map(servedBy))];

  return {
    get supported() {
      const first = defaultRow();
      return [first, ...configured.filter((it) => it !== first)];
    },
    get defaultModel() {
      return defaultRow().name;
    },
    fallbacks,
    providersOf(name) {
      const row = models.find((it) => it.name === name);
      return row ? candidateRows(row).map(({ provider }) => provider) : [];
    },
    servedRow(name) {
      const row = find(name);
      return row && servedBy(row);
    },
    model(name) {
      const row = find(name);
      if (!row) {
        throw new PermanentError("MODEL_UNSUPPORTED", `The model ${name} is not configured here.`);
      }
      const replaced = whyReplaced(row, Date.now());
      const skipped = replaced ? [callOf(row, noUsage, replaced)] : [];
      return withFallbacks(candidateRows(row).flatMap(candidateOf), options, skipped);
    },
  };
}

/** The row itself, or its successor's once it is not served. */
const servedBy = (row: ModelRow): ModelRow =>
  (whyReplaced(row, Date.now()) && models.find(({ name }) => name === row.successor)) || row;
