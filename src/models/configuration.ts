import type { Images } from "../images/r2-images.ts";
import type { RegulationLibrary } from "../regulations/library.ts";
import { controlBreakers } from "./breakers.ts";
import { splitList } from "../auth/auth-settings.ts";
import { type HostedProvider, providers } from "./catalog.ts";
import { type ModelRegistry, modelRegistry, type Provider } from "./model-registry.ts";
import { offlineModel } from "./offline/offline-model.ts";
import { openAIProvider } from "./openai/openai-model.ts";
import { kvVisionCache } from "./vision-cache.ts";

/** The models that an environment's settings configure. Throws for a setting that is not valid. */
export function configuredModels(
  env: Env,
  { regulations, images }: { regulations: RegulationLibrary; images: Images },
): ModelRegistry {
  const offline = offlineModel(regulations);
  const hosted = providers.flatMap((row): [string, Provider][] => {
    const baseURL = addressOf(row, env);
    const apiKey = env[row.key];
    if (!apiKey || !baseURL) return [];
    const headers = gatewayHeaders(env);
    return [[row.name, openAIProvider({ apiKey, baseURL, headers, images })]];
  });
  return modelRegistry({
    providers: {
      ...Object.fromEntries(hosted),
      offline: { prompt: "", model: () => offline },
    },
    defaultModel: env.DEFAULT_MODEL,
    fallbacks: splitList(env.MODEL_FALLBACK),
    breakers: controlBreakers(env),
    visionCache: kvVisionCache(env.CACHE),
    maxCostUsd: dollars(env.MAX_COST_PER_SCAN_USD),
  });
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
