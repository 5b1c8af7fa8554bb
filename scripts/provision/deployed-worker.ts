import { z } from "zod";
import { type Api, nullIfNotFound } from "./cloudflare-api.ts";
import type { Configuration } from "./deploy-configuration.ts";

/** What the running Worker was given; its secrets' values are not readable. */
export interface DeployedWorker {
  vars: ReadonlyMap<string, string>;
  secrets: ReadonlySet<string>;
  /** Ids of its KV namespaces, by binding. */
  namespaces: ReadonlyMap<string, string>;
}

const Settings = z.object({
  bindings: z.array(
    z.object({
      type: z.string(),
      name: z.string(),
      text: z.string().optional(),
      namespace_id: z.string().optional(),
    }),
  ),
});
export const Namespace = z.object({ title: z.string(), id: z.string() });
const Deployments = z.object({
  deployments: z.array(z.object({ versions: z.array(z.object({ version_id: z.string() })) })),
});
const Subdomain = z.object({ subdomain: z.string().nullish() });

/** The Worker as it is deployed; null before the first deploy. */
export async function deployedWorker(api: Api, name: string): Promise<DeployedWorker | null> {
  const settings = await nullIfNotFound(api.request(`/workers/scripts/${name}/settings`, Settings));
  if (!settings) return null;
  const ofType = (type: string) => settings.bindings.filter((it) => it.type === type);
  return {
    vars: new Map(ofType("plain_text").map(({ name, text = "" }) => [name, text])),
    secrets: new Set(ofType("secret_text").map(({ name }) => name)),
    namespaces: new Map(
      ofType("kv_namespace").map(({ name, namespace_id: id = "" }) => [name, id]),
    ),
  };
}

/** The title that wrangler gives to a namespace that it creates for a binding. */
export const namespaceTitle = (worker: string, binding: string) =>
  `${worker}-${binding.toLowerCase().replaceAll("_", "-")}`;

/** The ids of the KV namespaces by binding: those of the running Worker, else those with wrangler's title. */
export async function namespaceIds(
  api: Api,
  { name, kv_namespaces }: Configuration,
  deployed: DeployedWorker | null,
): Promise<Map<string, string>> {
  const existing = await api.list("/storage/kv/namespaces", Namespace);
  const ids = kv_namespaces.flatMap(({ binding, id: configured }): [string, string][] => {
    const titled = existing.find(({ title }) => title === namespaceTitle(name, binding))?.id;
    const id = configured ?? deployed?.namespaces.get(binding) ?? titled;
    return id === undefined ? [] : [[binding, id]];
  });
  return new Map(ids);
}

/** The version that runs, which a rollback goes back to; null before the first deploy. */
export async function runningVersion(api: Api, name: string): Promise<string | null> {
  const found = await nullIfNotFound(
    api.request(`/workers/scripts/${name}/deployments`, Deployments),
  );
  return found?.deployments[0]?.versions[0]?.version_id ?? null;
}

/** The Worker's address on workers.dev; null when it has none, or nobody has chosen a subdomain yet. */
export async function workersDevUrl(
  api: Api,
  { name, workers_dev }: Configuration,
): Promise<string | null> {
  if (!workers_dev) return null;
  const found = await nullIfNotFound(api.request("/workers/subdomain", Subdomain));
  return found?.subdomain ? `https://${name}.${found.subdomain}.workers.dev` : null;
}
