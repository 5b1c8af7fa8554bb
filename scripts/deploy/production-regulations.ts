import { publicationOfFiles } from "../../regulations/files.ts";
import { changes, publish, published, type RegulationStore } from "../../regulations/publish.ts";
import { credentialsFrom, type Api, cloudflareApi } from "../provision/cloudflare-api.ts";
import { type Configuration, readConfiguration } from "../provision/deploy-configuration.ts";
import { deployedWorker, namespaceIds } from "../provision/deployed-worker.ts";
import { CommandError } from "../provision/exit-codes.ts";
import { kvApiStore } from "./kv-api-store.ts";

const binding = "REGULATIONS";

/** The account's regulations; null before the first deploy has created their namespace. */
export async function regulationsOf(
  api: Api,
  configuration: Configuration,
): Promise<RegulationStore | null> {
  const deployed = await deployedWorker(api, configuration.name);
  const id = (await namespaceIds(api, configuration, deployed)).get(binding);
  return id === undefined ? null : kvApiStore(api, id);
}

/** Production's regulations, for who publishes or rolls back without a deploy. */
export async function productionRegulations(env: NodeJS.ProcessEnv): Promise<RegulationStore> {
  const api = cloudflareApi(credentialsFrom(env));
  return requireStore(await regulationsOf(api, await readConfiguration("wrangler.toml")));
}

/** @throws CommandError when there is no store. */
export function requireStore(store: RegulationStore | null): RegulationStore {
  if (store) return store;
  throw new CommandError("refused", `There is no KV namespace for ${binding} yet: deploy first.`);
}

/** Publishes the regulations of this checkout, unless readers see them already. */
export async function publishRegulations(store: RegulationStore): Promise<void> {
  const [before, publication] = await Promise.all([published(store), publicationOfFiles()]);
  if (before?.version === publication.version) {
    console.log(`${publication.version} is published; nothing is to be done.`);
    return;
  }
  console.log(`${changes(before, publication).length} lines of changes to ${publication.version}`);
  await publish(store, publication);
}
