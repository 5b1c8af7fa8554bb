import { z } from "zod";
import { type Api, Refusal } from "./api.ts";
import type { Configuration } from "./configuration.ts";

export type Kind = "queue" | "d1" | "kv" | "r2";

/** Something that a deploy needs. */
export interface Wanted {
  kind: Kind;
  name: string;
  /** An id that `wrangler.toml` insists on; null where it has a name for local use, or none. */
  id: string | null;
  /** The bindings through which the Worker knows it. */
  bindings: string[];
}

export interface Found {
  name: string;
  id: string;
}

interface ResourceKind {
  label: string;
  list: (api: Api) => Promise<Found[]>;
  create: (api: Api, name: string) => Promise<unknown>;
  /** Codes with which Cloudflare says that the name is taken. */
  taken: readonly number[];
}

const Queue = z.looseObject({ queue_name: z.string(), queue_id: z.string() });
const Database = z.looseObject({ name: z.string(), uuid: z.string() });
const Namespace = z.looseObject({ title: z.string(), id: z.string() });
const Buckets = z.looseObject({ buckets: z.array(z.looseObject({ name: z.string() })) });

/** Each kind, in the order in which they are made. */
export const kinds: Record<Kind, ResourceKind> = {
  queue: {
    label: "queue",
    list: async (api) =>
      (await api.list("/queues", Queue)).map((it) => ({ name: it.queue_name, id: it.queue_id })),
    create: (api, queue_name) =>
      api.ask("/queues", z.unknown(), { method: "POST", body: { queue_name } }),
    taken: [11009],
  },
  d1: {
    label: "D1 database",
    list: async (api) =>
      (await api.list("/d1/database", Database, 100)).map((it) => ({ name: it.name, id: it.uuid })),
    create: (api, name) => api.ask("/d1/database", z.unknown(), { method: "POST", body: { name } }),
    taken: [7502],
  },
  kv: {
    label: "KV namespace",
    list: async (api) =>
      (await api.list("/storage/kv/namespaces", Namespace, 100)).map((it) => ({
        name: it.title,
        id: it.id,
      })),
    create: (api, title) =>
      api.ask("/storage/kv/namespaces", z.unknown(), { method: "POST", body: { title } }),
    taken: [10014],
  },
  r2: {
    label: "R2 bucket",
    list: listBuckets,
    create: (api, name) => api.ask("/r2/buckets", z.unknown(), { method: "POST", body: { name } }),
    taken: [10004],
  },
};

const bucketsPerPage = 1_000;

/** Buckets are listed by name: the next page begins behind the last of this one. */
async function listBuckets(api: Api): Promise<Found[]> {
  const found: Found[] = [];
  for (;;) {
    const query: Record<string, string> = { per_page: String(bucketsPerPage) };
    const last = found.at(-1);
    if (last) query["start_after"] = last.name;
    const { buckets } = await api.ask("/r2/buckets", Buckets, { query });
    const fresh = buckets.filter(({ name }) => !found.some((it) => it.name === name));
    found.push(...fresh.map(({ name }) => ({ name, id: name })));
    if (fresh.length === 0 || buckets.length < bucketsPerPage) return found;
  }
}

/** Makes one. That somebody has made it meanwhile, or an answer was lost, is as good. */
export async function create(api: Api, { kind, name }: Wanted): Promise<void> {
  try {
    await kinds[kind].create(api, name);
  } catch (error) {
    const isTaken =
      error instanceof Refusal && error.codes.some((code) => kinds[kind].taken.includes(code));
    if (!isTaken) throw error;
  }
}

const isNamespaceId = (id: string) => /^[0-9a-f]{32}$/.test(id);
const isDatabaseId = (id: string) => z.guid().safeParse(id).success;

/** The name that wrangler, too, would give a namespace that has only its binding. */
export const namespaceTitle = (worker: string, binding: string) =>
  `${worker}-${binding.toLowerCase().replaceAll("_", "-")}`;

/** All that `wrangler.toml` names and Cloudflare has to have before a deploy. */
export function wantedBy(configuration: Configuration): Wanted[] {
  const { name: worker, queues, d1_databases, kv_namespaces, r2_buckets } = configuration;
  const names = new Set([
    ...queues.producers.map(({ queue }) => queue),
    ...queues.consumers.flatMap(({ queue, dead_letter_queue: dead }) =>
      dead === undefined ? [queue] : [queue, dead],
    ),
  ]);
  return [
    ...[...names].map((name): Wanted => {
      const bindings = queues.producers.filter(({ queue }) => queue === name);
      return { kind: "queue", name, id: null, bindings: bindings.map(({ binding }) => binding) };
    }),
    ...d1_databases.map(({ binding, database_name: name, database_id: id }): Wanted => {
      return { kind: "d1", name, id: isDatabaseId(id) ? id : null, bindings: [binding] };
    }),
    ...kv_namespaces.map(({ binding, id }): Wanted => {
      const name = namespaceTitle(worker, binding);
      return { kind: "kv", name, id: isNamespaceId(id) ? id : null, bindings: [binding] };
    }),
    ...r2_buckets.map(({ binding, bucket_name: name }): Wanted => {
      return { kind: "r2", name, id: null, bindings: [binding] };
    }),
  ];
}
