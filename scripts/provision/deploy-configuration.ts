import { readFile } from "node:fs/promises";
import { parse as parseToml } from "smol-toml";
import { z } from "zod";

const Bound = z.looseObject({ binding: z.string() });

/** As much of `wrangler.toml` as is read or changed; a deploy copies the rest as it is. */
const Configuration = z.looseObject({
  name: z.string(),
  main: z.string(),
  workers_dev: z.boolean().default(true),
  /** Modules that stand for others, by paths. */
  alias: z.record(z.string(), z.string()),
  vars: z.record(z.string(), z.string()),
  secrets: z.looseObject({ required: z.array(z.string()) }),
  triggers: z.looseObject({ crons: z.array(z.string()) }),
  assets: z.looseObject({ directory: z.string() }),
  queues: z.looseObject({
    producers: z.array(Bound.extend({ queue: z.string() })),
    consumers: z.array(
      z.looseObject({ queue: z.string(), dead_letter_queue: z.string().optional() }),
    ),
  }),
  kv_namespaces: z.array(Bound.extend({ id: z.string().optional() })),
  d1_databases: z.array(Bound.extend({ database_name: z.string(), migrations_dir: z.string() })),
  r2_buckets: z.array(Bound.extend({ bucket_name: z.string() })),
  analytics_engine_datasets: z.array(Bound.extend({ dataset: z.string() })),
  ratelimits: z.array(z.looseObject({ name: z.string(), namespace_id: z.string() })),
  durable_objects: z.looseObject({ bindings: z.array(z.looseObject({ name: z.string() })) }),
});
export type Configuration = z.output<typeof Configuration>;

/** The configuration in a file. Throws a readable text when it is none. */
export async function readConfiguration(file: string): Promise<Configuration> {
  const parsed = Configuration.safeParse(parseToml(await readFile(file, "utf8")));
  if (parsed.success) return parsed.data;
  throw new TypeError(`${file} is not what a deploy needs:\n${z.prettifyError(parsed.error)}`);
}
