import { mkdir, writeFile } from "node:fs/promises";
import { dirname, relative } from "node:path";
import type { Plan } from "./plan.ts";

/**
 * The configuration that a deploy uses: wrangler.toml with this account's ids and settings. It is made
 * anew from the account each time, so nothing about an account is committed, and nothing goes stale.
 */
export const generatedFile = "dist/deploy/wrangler.json";

/** Paths are relative to the file that names them. */
const path = (from: string) => relative(dirname(generatedFile), from);

/** `wrangler.toml` with the ids of the account, and with the secrets and variables of the Worker. */
export function generatedConfiguration({ configuration, items, settings }: Plan): object {
  const idOf = (binding: string) => {
    const found = items.find(({ bindings }) => bindings.includes(binding))?.foundId;
    if (!found) throw new RangeError(`${binding} has no id yet`);
    return found;
  };
  const { $schema: _, ...rest } = configuration;
  return {
    ...rest,
    main: path(configuration.main),
    assets: { ...configuration.assets, directory: path(configuration.assets.directory) },
    vars: Object.fromEntries(
      Object.entries(settings.vars).map(([name, { value }]) => [name, value]),
    ),
    // Those that are left out are not asked for: the Worker does without them.
    secrets: { required: [...Object.keys(settings.secrets), ...settings.kept].toSorted() },
    kv_namespaces: configuration.kv_namespaces.map((it) =>
      Object.assign({}, it, { id: idOf(it.binding) }),
    ),
    d1_databases: configuration.d1_databases.map((it) =>
      Object.assign({}, it, {
        database_id: idOf(it.binding),
        migrations_dir: path(it.migrations_dir),
      }),
    ),
  };
}

export async function writeGenerated(plan: Plan): Promise<void> {
  await mkdir(dirname(generatedFile), { recursive: true });
  await writeFile(generatedFile, `${JSON.stringify(generatedConfiguration(plan), null, 2)}\n`);
}
