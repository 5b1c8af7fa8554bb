import { PermanentError } from "../pipeline/errors.ts";
import type { Model } from "../ports.ts";
import { type ModelRow, models } from "./catalog.ts";
import { type ChainOptions, type Link, modelChain } from "./chain.ts";
import type { ProviderModel } from "./provider-model.ts";

/** The models this deployment can use. */
export interface ModelDirectory {
  /** Rows a client may name, the default first. */
  supported: readonly ModelRow[];
  /** The model of a scan that names none. */
  preferred: string;
  /** Those that stand in for the one that was asked for, in order. */
  standIns: readonly string[];
  /** Throws `PermanentError` `MODEL_UNSUPPORTED` for a name that is not configured. */
  model(name: string): Model;
}

/** How to make the model of a row, and what it is told first. */
export interface Provider {
  prompt: string;
  model: (row: ModelRow) => ProviderModel;
}

export interface DirectoryOptions extends ChainOptions {
  /** By name; one that is not configured has no entry. */
  providers: Readonly<Record<string, Provider | undefined>>;
  /** The default's name; empty for the first that is configured. */
  preferred: string;
  standIns: readonly string[];
}

/**
 * Throws at once when the default or a stand-in is not configured, since scans would fail of it later.
 */
export function modelDirectory(options: DirectoryOptions): ModelDirectory {
  const { providers, standIns } = options;
  const configured = models.filter(({ provider }) => providers[provider]);
  const rowOf = (name: string, setting: string): ModelRow => {
    const row = configured.find((it) => it.name === name);
    if (row) return row;
    const names = configured.map((it) => it.name).join(", ");
    throw new RangeError(`${setting} names ${name}, which is not configured; there is ${names}`);
  };
  const preferred = options.preferred
    ? rowOf(options.preferred, "DEFAULT_MODEL")
    : configured.find(Boolean);
  if (!preferred) throw new RangeError("No model is configured, not even the offline one");
  const after = standIns.map((name) => rowOf(name, "MODEL_FALLBACK"));
  const links = new Map<string, Link>();
  const chains = new Map<string, Model>();

  function linkOf(row: ModelRow): Link[] {
    const known = links.get(row.name);
    if (known) return [known];
    const provider = providers[row.provider];
    if (!provider) return [];
    const made = { row, model: provider.model(row), prompt: provider.prompt };
    links.set(row.name, made);
    return [made];
  }

  return {
    supported: [preferred, ...configured.filter((it) => it !== preferred)],
    preferred: preferred.name,
    standIns,
    model(name) {
      const known = chains.get(name);
      if (known) return known;
      const row = configured.find((it) => it.name === name);
      if (!row) {
        throw new PermanentError("MODEL_UNSUPPORTED", `The model ${name} is not configured here.`);
      }
      const chain = [row, ...after.filter((it) => it !== row)].flatMap(linkOf);
      const made = modelChain(chain, options);
      chains.set(name, made);
      return made;
    },
  };
}
