import { d1Characters } from "./characters/d1.ts";
import { type Images, r2Images } from "./images/r2.ts";
import { type ModelDirectory, modelDirectory } from "./models/directory.ts";
import { offlineModel } from "./models/offline/adapter.ts";
import { openAIProvider } from "./models/openai/adapter.ts";
import type { Ports } from "./ports.ts";
import { kvRegulations, type RegulationLibrary } from "./regulations/kv.ts";

/** Everything this deployment is configured with, behind the ports. */
export interface Deployment extends Ports {
  models: ModelDirectory;
  regulations: RegulationLibrary;
  images: Images;
}

const deployments = new WeakMap<Env, Deployment>();

/** The adapters of an isolate, made once from its bindings and settings. */
export function deploymentOf(env: Env): Deployment {
  const known = deployments.get(env);
  if (known) return known;
  const regulations = kvRegulations(env.REGULATIONS);
  const images = r2Images(env.IMAGES);
  const models = modelsOf(env, regulations, images);
  const made = {
    models,
    model: (name: string) => models.model(name),
    regulations,
    images,
    characters: d1Characters(env.DB),
  };
  deployments.set(env, made);
  return made;
}

function modelsOf(env: Env, regulations: RegulationLibrary, images: Images): ModelDirectory {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseURL, DEFAULT_MODEL: preferred } = env;
  const offline = offlineModel(regulations);
  return modelDirectory(
    {
      ...(apiKey && { openai: openAIProvider({ apiKey, baseURL, images }) }),
      offline: () => offline,
    },
    preferred,
  );
}
