import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse as parseToml } from "smol-toml";
import type { KVNamespace } from "@cloudflare/workers-types";
import { getPlatformProxy } from "wrangler";
import { z } from "zod";
import type { RegulationStore } from "../regulations/publish.ts";
import { kvSource } from "../src/regulations/source.ts";
import { productionRegulations } from "./deploy/production-regulations.ts";
import { withTemporaryFolder } from "./temporary-folder.ts";

const binding = "REGULATIONS";

/** The KV of a local server whose state is in `persistTo`, for as long as `use` runs. */
export async function withLocalStore<Result>(
  persistTo: string,
  use: (store: RegulationStore) => Promise<Result>,
): Promise<Result> {
  return withTemporaryFolder("regulations-", async (folder) => {
    // A configuration of its own: the project's objects and queues are not needed here.
    const configPath = join(folder, "wrangler.json");
    await writeFile(configPath, JSON.stringify(await kvConfiguration()));
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
  });
}

/** Production's KV, through Cloudflare's API. */
export const withRemoteStore = async <Result>(
  use: (store: RegulationStore) => Promise<Result>,
): Promise<Result> => use(await productionRegulations(process.env));

const Configuration = z.object({
  name: z.string(),
  compatibility_date: z.string(),
  kv_namespaces: z.array(z.object({ binding: z.string() })),
});

async function kvConfiguration() {
  const { name, compatibility_date, kv_namespaces } = Configuration.parse(
    parseToml(await readFile("wrangler.toml", "utf8")),
  );
  return {
    name,
    compatibility_date,
    kv_namespaces: kv_namespaces.filter((it) => it.binding === binding),
  };
}
