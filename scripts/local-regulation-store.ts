import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { KVNamespace } from "@cloudflare/workers-types";
import { getPlatformProxy } from "wrangler";
import type { RegulationStore } from "../regulations/publish.ts";
import { kvSource } from "../src/regulations/source.ts";
import { readConfiguration } from "./provision/deploy-configuration.ts";

const binding = "REGULATIONS";

/** The KV of a local server whose state is in `persistTo`, for as long as `use` runs. */
export async function withLocalStore<Result>(
  persistTo: string,
  use: (store: RegulationStore) => Promise<Result>,
): Promise<Result> {
  await using folder = await mkdtempDisposable(join(tmpdir(), "regulations-"));
  // A configuration of its own: the project's objects and queues are not needed here.
  const configPath = join(folder.path, "wrangler.json");
  const { name, compatibility_date, kv_namespaces } = await readConfiguration("wrangler.toml");
  await writeFile(configPath, JSON.stringify({ name, compatibility_date, kv_namespaces }));
  const { env, dispose } = await getPlatformProxy<Record<typeof binding, KVNamespace>>({
    configPath,
    envFiles: [],
    persist: { path: join(resolve(persistTo), "v3") },
  });
  try {
    const kv = env[binding];
    return await use({
      ...kvSource(kv),
      async put(entries) {
        for (const { key, value } of entries) await kv.put(key, value);
      },
    });
  } finally {
    await dispose();
  }
}
