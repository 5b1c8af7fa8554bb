import { publicationOfFiles } from "../../regulations/files.ts";
import { changes, publish, published } from "../../regulations/publish.ts";
import { accessOf, type Api, cloudflareApi } from "../provision/api.ts";
import { Failure } from "../provision/failure.ts";
import { type Plan, survey } from "../provision/plan.ts";
import { settingsFile } from "../provision/settings.ts";
import { apiRegulationStore } from "./regulation-store.ts";

const binding = "REGULATIONS";

/** Where this account's regulations are. */
export function regulationsOf(api: Api, { items }: Plan) {
  const id = items.find(({ bindings }) => bindings.includes(binding))?.foundId;
  if (!id) throw new Failure("refused", `There is no KV namespace for ${binding} yet.`);
  return apiRegulationStore(api, id);
}

/** Production's regulations, for who publishes or rolls back without a deploy. */
export async function productionRegulations(env: NodeJS.ProcessEnv) {
  const api = cloudflareApi(accessOf(env));
  return regulationsOf(api, await survey(api, settingsFile, env));
}

/** Publishes the regulations of this checkout, unless readers see them already. */
export async function publishRegulations(store: ReturnType<typeof regulationsOf>): Promise<void> {
  const [before, publication] = await Promise.all([published(store), publicationOfFiles()]);
  if (before?.version === publication.version) {
    console.log(`${publication.version} is published; nothing is to be done.`);
    return;
  }
  console.log(`${changes(before, publication).length} lines of changes to ${publication.version}`);
  await publish(store, publication);
}
