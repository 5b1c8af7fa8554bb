import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { D1Database, KVNamespace } from "@cloudflare/workers-types";
import type { RegulationStore } from "../regulations/publish.ts";
import { kvSource } from "../src/regulations/source.ts";
import { readConfiguration } from "./provision/deploy-configuration.ts";

interface LocalStores {
  regulations: RegulationStore;
  database: D1Database;
}

/** The KV and the D1 of a local server whose state is in `persistTo`, for as long as `use` runs. */
export async function withLocalStores<Result>(
  persistTo: string,
  use: (stores: LocalStores) => Promise<Result>,
): Promise<Result> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "local-stores-"));
  // A configuration of its own: the project's objects and queues are not needed here.
  const configPath = join(folder.path, "wrangler.json");
  const { name, compatibility_date, kv_namespaces, d1_databases } =
    await readConfiguration("wrangler.toml");
  const configuration = { name, compatibility_date, kv_namespaces, d1_databases };
  await writeFile(configPath, JSON.stringify(configuration));
  // Loading wrangler takes longer than most of what is said without it.
  const { getPlatformProxy } = await import("wrangler");
  const { env, dispose } = await getPlatformProxy<{ REGULATIONS: KVNamespace; DB: D1Database }>({
    configPath,
    envFiles: [],
    persist: { path: join(resolve(persistTo), "v3") },
  });
  try {
    const regulations = {
      ...kvSource(env.REGULATIONS),
      async put(entries: Parameters<RegulationStore["put"]>[0]) {
        for (const { key, value } of entries) await env.REGULATIONS.put(key, value);
      },
    };
    return await use({ regulations, database: env.DB });
  } finally {
    await dispose();
  }
}
