import { createHash } from "node:crypto";
import type { Configuration } from "./deploy-configuration.ts";
import { CommandError } from "./exit-codes.ts";
import { previewNameOf } from "./preview-name.ts";

/** Sections that name nothing which an account has once. */
const copied = [
  "main",
  "compatibility_date",
  "compatibility_flags",
  "minify",
  "keep_names",
  "upload_source_maps",
  "alias",
  "observability",
  "limits",
  "placement",
  "secrets",
  "triggers",
  "assets",
  "durable_objects",
  "migrations",
];
/** Sections whose names a preview has with its own. */
const renamed = [
  "name",
  "vars",
  "analytics_engine_datasets",
  "kv_namespaces",
  "d1_databases",
  "r2_buckets",
  "ratelimits",
  "queues",
];
/** Production's addresses, and what is for editors. */
const leftOut = ["$schema", "workers_dev", "route", "routes"];

/**
 * A second copy of the deployment beside it: every name that an account has once is the preview's own, and none of
 * its stores is named by an id. Residents scan as guests, on workers.dev alone.
 * @throws CommandError for a section whose names nobody has thought of, since it could bind production's stores.
 */
export function previewConfiguration(configuration: Configuration, preview: string): Configuration {
  const known = new Set([...copied, ...renamed, ...leftOut]);
  const unknown = Object.keys(configuration).filter((section) => !known.has(section));
  const foreign = configuration.durable_objects.bindings.filter((it) => it["script_name"]);
  if (unknown.length > 0 || foreign.length > 0) {
    const what = [...unknown, ...foreign.map((it) => `${it.name} of another Worker`)].join(", ");
    throw new CommandError(
      "usage",
      `wrangler.toml has ${what}: scripts/provision/preview-configuration.ts has to say what a preview has instead.`,
    );
  }
  const own = (name: string) => previewNameOf(name, preview);
  const { queues, kv_namespaces, d1_databases, r2_buckets, ratelimits } = configuration;
  return {
    ...configuration,
    name: own(configuration.name),
    workers_dev: true,
    route: undefined,
    routes: undefined,
    vars: { ...configuration.vars, GUESTS: "on" },
    queues: {
      producers: queues.producers.map((it) => ({ ...it, queue: own(it.queue) })),
      consumers: queues.consumers.map(({ dead_letter_queue: dead, ...it }) =>
        Object.assign(
          { ...it, queue: own(it.queue) },
          dead === undefined ? {} : { dead_letter_queue: own(dead) },
        ),
      ),
    },
    kv_namespaces: kv_namespaces.map(({ binding }) => ({ binding })),
    d1_databases: d1_databases.map(({ binding, database_name, migrations_dir }) => ({
      binding,
      database_name: own(database_name),
      migrations_dir,
    })),
    r2_buckets: r2_buckets.map(({ binding, bucket_name }) => ({
      binding,
      bucket_name: own(bucket_name),
    })),
    ratelimits: ratelimits.map((it) =>
      Object.assign({}, it, { namespace_id: rateLimitId(it.namespace_id, preview) }),
    ),
    analytics_engine_datasets: configuration.analytics_engine_datasets.map(
      ({ binding, dataset }) => ({ binding, dataset: own(dataset).replaceAll("-", "_") }),
    ),
  };
}

/** Rate limits of one account are told apart by a number alone: those of `wrangler.toml` have less than five digits. */
const idsPerPreview = 10_000;

/** The number of a preview's rate limit: up to 2³¹, of which two previews seldom have the same. */
function rateLimitId(id: string, preview: string): string {
  const hash = createHash("sha256").update(preview).digest().readUInt32BE();
  return String((1 + (hash % 200_000)) * idsPerPreview + (Number(id) % idsPerPreview));
}
