import { z } from "zod";
import { previewInfix } from "../../src/platform/preview-names.ts";
import { type Api, nullIfNotFound } from "./cloudflare-api.ts";
import type { Configuration } from "./deploy-configuration.ts";
import { deployedWorker, Namespace, namespaceTitle } from "./deployed-worker.ts";
import { emptyBucket } from "./empty-bucket.ts";
import { plannedQueues, Queue } from "./queue-provisioning.ts";

/** Something of a preview that exists, and how it is deleted. Each call may be repeated. */
export interface Resource {
  /** What it is, and its name. */
  title: string;
  /** Ends what keeps others from being deleted; for all resources before the first is deleted. */
  detach?: () => Promise<void>;
  remove: () => Promise<void>;
}

export interface PreviewResources {
  /** In the order in which they can be deleted. */
  resources: Resource[];
  /** Names of the account that end as the preview's do, and that `wrangler.toml` does not have. */
  unknown: string[];
}

const Database = z.looseObject({ name: z.string(), uuid: z.string() });
const Consumers = z.array(z.looseObject({ consumer_id: z.string() }));

/**
 * What exists of a preview in the account, by the whole names that its configuration has: nothing is found by how a
 * name begins or ends. The account is all that is read, so that any machine can remove a preview.
 */
export async function previewResources(
  api: Api,
  configuration: Configuration,
  preview: string,
): Promise<PreviewResources> {
  const { name, kv_namespaces, d1_databases, r2_buckets } = configuration;
  const [worker, queues, databases, namespaces] = await Promise.all([
    deployedWorker(api, name),
    api.list("/queues", Queue),
    api.list("/d1/database", Database),
    api.list("/storage/kv/namespaces", Namespace),
  ]);
  const queueNames = new Set(plannedQueues(configuration, new Set()).map((it) => it.name));
  const databaseNames = new Set(d1_databases.map((it) => it.database_name));
  const titles = new Set(kv_namespaces.map(({ binding }) => namespaceTitle(name, binding)));
  const buckets = await Promise.all(r2_buckets.map((it) => bucketOf(api, it.bucket_name)));
  return {
    resources: [
      // Its objects are deleted with it. Other Workers may be bound to it, and go on without it.
      ...(worker ? [{ title: `Worker ${name}`, remove: () => removeWorker(api, name) }] : []),
      ...queues
        .filter((it) => queueNames.has(it.queue_name))
        .map(({ queue_name, queue_id }) => ({
          title: `queue ${queue_name}`,
          detach: () => removeConsumers(api, queue_id),
          remove: () => api.remove(`/queues/${queue_id}`),
        })),
      ...databases
        .filter((it) => databaseNames.has(it.name))
        .map((it) => ({
          title: `D1 database ${it.name}`,
          remove: () => api.remove(`/d1/database/${it.uuid}`),
        })),
      ...namespaces
        .filter((it) => titles.has(it.title))
        .map((it) => ({
          title: `KV namespace ${it.title}`,
          remove: () => api.remove(`/storage/kv/namespaces/${it.id}`),
        })),
      ...buckets.flatMap((bucket) => bucket ?? []),
    ],
    unknown: [...queues.map((it) => it.queue_name), ...databases.map((it) => it.name)].filter(
      (it) =>
        it.endsWith(`${previewInfix}${preview}`) && !queueNames.has(it) && !databaseNames.has(it),
    ),
  };
}

const removeWorker = (api: Api, name: string) =>
  api.remove(`/workers/scripts/${name}`, { query: { force: "true" } });

/** A Worker that consumes a queue is not deleted, and neither is a queue that is consumed. */
async function removeConsumers(api: Api, queueId: string): Promise<void> {
  const path = `/queues/${queueId}/consumers`;
  const consumers = (await nullIfNotFound(api.request(path, Consumers))) ?? [];
  for (const { consumer_id } of consumers) await api.remove(`${path}/${consumer_id}`);
}

async function bucketOf(api: Api, name: string): Promise<Resource | null> {
  const path = `/r2/buckets/${name}`;
  if (!(await nullIfNotFound(api.request(path, z.unknown())))) return null;
  return {
    title: `R2 bucket ${name}, with what is in it`,
    async remove() {
      await emptyBucket(api, name);
      await api.remove(path);
    },
  };
}
