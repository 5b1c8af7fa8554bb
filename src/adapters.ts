import { d1Characters } from "./characters/d1-characters.ts";
import { accountRewards } from "./account-rewards.ts";
import { type Images, r2Images } from "./images/r2-images.ts";
import { configuredModels } from "./models/configuration.ts";
import { type ClassifyByVersion, publishedWords } from "./models/offline/published-words.ts";
import type { ModelRegistry } from "./models/model-registry.ts";
import type { Ports } from "./ports.ts";
import { kvRegulations } from "./regulations/kv.ts";
import type { RegulationLibrary } from "./regulations/library.ts";

/** Everything this deployment is configured with, behind the ports. */
export interface Adapters extends Ports {
  models: ModelRegistry;
  regulations: RegulationLibrary;
  images: Images;
  classifyWords: ClassifyByVersion;
}

const adapters = new WeakMap<Env, Adapters>();

/** The adapters of an isolate, made once from its bindings and settings. */
export function adaptersOf(env: Env): Adapters {
  const known = adapters.get(env);
  if (known) return known;
  const regulations = kvRegulations(env.REGULATIONS);
  const images = r2Images(env.IMAGES);
  const classifyWords = publishedWords(regulations);
  const models = configuredModels(env, { images, classifyWords });
  const made = {
    models,
    model: (name: string) => models.model(name),
    regulations,
    images,
    classifyWords,
    characters: d1Characters(env.DB),
    rewards: accountRewards(env),
  };
  adapters.set(env, made);
  return made;
}
