import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { parse as parseToml } from "smol-toml";
import type { KVNamespace } from "@cloudflare/workers-types";
import { getPlatformProxy } from "wrangler";
import { z } from "zod";
import type { RegulationStore } from "../regulations/publish.ts";
import { kvSource } from "../src/regulations/source.ts";

const binding = "REGULATIONS";
const run = promisify(execFile);

/** The KV of a local server whose state is in `persistTo`, for as long as `use` runs. */
export async function withLocalStore<Result>(
  persistTo: string,
  use: (store: RegulationStore) => Promise<Result>,
): Promise<Result> {
  return withScratch(async (scratch) => {
    // A configuration of its own: the project's objects and queues are not needed here.
    const configPath = join(scratch, "wrangler.json");
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

/** Runs wrangler's own command on production's KV. */
async function kv(...command: string[]): Promise<string> {
  const { stdout } = await run("wrangler", ["kv", ...command, "--binding", binding, "--remote"], {
    env: { ...process.env, CI: "1" },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

/** Production's KV, through wrangler's own login. */
export async function withRemoteStore<Result>(
  use: (store: RegulationStore) => Promise<Result>,
): Promise<Result> {
  return withScratch((scratch) => {
    const file = join(scratch, "kv.json");
    return use({
      async text(key) {
        const value = await kv("key", "get", key, "--text");
        return value.trim() === "Value not found" ? null : value.trim();
      },
      async jsons(keys) {
        await writeFile(file, JSON.stringify(keys.map((name) => ({ name }))));
        const values = Values.parse(JSON.parse(await kv("bulk", "get", file)));
        return new Map(
          keys.map((key): [string, unknown] => {
            const value = values[key]?.value ?? null;
            return [key, value === null ? null : JSON.parse(value)];
          }),
        );
      },
      async put(entries) {
        await writeFile(file, JSON.stringify(entries));
        await kv("bulk", "put", file);
      },
    });
  });
}

const Values = z.record(z.string(), z.object({ value: z.string().nullable() }).nullable());

const Configuration = z.object({
  name: z.string(),
  compatibility_date: z.string(),
  kv_namespaces: z.array(z.object({ binding: z.string(), id: z.string() })),
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

async function withScratch<Result>(use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "regulations-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
