import type { DeployedBindings } from "../deployed-bindings.ts";
import type { Images } from "../images/r2-images.ts";
import { callbackUrlError } from "../webhooks/callback-url-error.ts";
import { controlBreakers } from "./breakers.ts";
import { splitList } from "../auth/auth-settings.ts";
import { type HostedProvider, providers } from "./catalog.ts";
import { type ModelRegistry, modelRegistry, type Provider } from "./model-registry.ts";
import { offlineModel } from "./offline/offline-model.ts";
import { workerPhotoModel } from "../photo-model/worker-photo-model.ts";
import { seePhotos } from "./offline/see-photo.ts";
import { photoWeights } from "../photo-model/photo-weights.ts";
import type { ClassifyByVersion } from "./offline/published-words.ts";
import { openAIProvider, type OpenAIOptions } from "./openai/openai-model.ts";
import type { PhotoAccess } from "./photo-source.ts";
import { imagesConverter } from "./photo-converter.ts";
import { edgeVisionCache } from "./vision-cache.ts";
import { bindingFetch } from "./workers-ai/binding-fetch.ts";

/** The models that an environment's settings configure. Throws for a setting that is not valid. */
export function configuredModels(
  env: Env,
  { images, classifyWords }: { images: Images; classifyWords: ClassifyByVersion },
): ModelRegistry {
  const photos: PhotoAccess = {
    images,
    convert: env.PHOTO_CONVERTER ? imagesConverter(env.PHOTO_CONVERTER) : null,
    isAllowed: (url) => callbackUrlError(url, env) === null,
  };
  const offline = offlineModel(classifyWords, seePhotos(workerPhotoModel(env.ASSETS), photos));
  const hosted = providers.flatMap((row): [string, Provider][] => {
    const connection = connectionOf(row, env);
    return connection ? [[row.name, openAIProvider({ ...connection, photos })]] : [];
  });
  return modelRegistry({
    providers: {
      ...Object.fromEntries(hosted),
      offline: { prompt: photoWeights.sha256, model: () => offline },
    },
    defaultModel: env.DEFAULT_MODEL,
    fallbacks: splitList(env.MODEL_FALLBACK),
    breakers: controlBreakers(env),
    visionCache: edgeVisionCache(() => caches.open("vision")),
    maxCostUsd: dollars(env.MAX_COST_PER_SCAN_USD),
  });
}

/** How a provider is reached: by its key, else by its binding; null when there is neither. */
function connectionOf(
  row: HostedProvider,
  env: Env & DeployedBindings,
): Omit<OpenAIOptions, "photos"> | null {
  const baseURL = addressOf(row, env);
  const apiKey = env[row.key];
  if (apiKey && baseURL) return { apiKey, baseURL, headers: gatewayHeaders(env) };
  const binding = row.binding && env[row.binding];
  if (!binding) return null;
  const fetch = bindingFetch(binding, env.AI_GATEWAY_ID);
  // The client wants a key and an address, which a binding has none of.
  return { apiKey: "none", baseURL: `https://${row.name}.invalid`, fetch };
}

/** Its own setting wins, then AI Gateway, then where the provider itself is; null when that is not known. */
function addressOf(
  { base_url, base_url_setting, gateway_path }: HostedProvider,
  env: Env,
): string | null {
  if (env[base_url_setting]) return env[base_url_setting];
  if (env.AI_GATEWAY_URL) return `${env.AI_GATEWAY_URL.replace(/\/$/, "")}/${gateway_path}`;
  const account = "{CLOUDFLARE_ACCOUNT_ID}";
  if (base_url.includes(account) && !env.CLOUDFLARE_ACCOUNT_ID) return null;
  return base_url.replace(account, env.CLOUDFLARE_ACCOUNT_ID);
}

const gatewayHeaders = ({ AI_GATEWAY_TOKEN: token }: Env): Record<string, string> =>
  token ? { "cf-aig-authorization": `Bearer ${token}` } : {};

function dollars(text: string): number {
  const limit = text === "" ? Infinity : Number(text);
  if (limit > 0) return limit;
  throw new RangeError(`MAX_COST_PER_SCAN_USD has to be dollars, such as 0.05; it is ${text}`);
}
