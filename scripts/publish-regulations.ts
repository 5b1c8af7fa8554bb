import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { publicationOf } from "../regulations/book.ts";

const run = promisify(execFile);
const folder = join(import.meta.dirname, "../regulations/documents");

/** Every document in the folder, parsed as JSON. */
export async function readDocuments(): Promise<unknown[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  return Promise.all(
    names.map(async (name): Promise<unknown> =>
      JSON.parse(await readFile(join(folder, name), "utf8")),
    ),
  );
}

/**
 * Writes the documents to KV under their version, then flips the pointer; a publish that dies
 * between the two is not seen. `where` are wrangler's flags, such as `--local` or `--remote`.
 */
export async function publish(where: readonly string[]): Promise<string> {
  const { version, entries, pointer } = await publicationOf(await readDocuments());
  const scratch = await mkdtemp(join(tmpdir(), "regulations-"));
  try {
    const file = join(scratch, "entries.json");
    await writeFile(file, JSON.stringify(entries));
    await kv("bulk", "put", file, ...where);
    await kv("key", "put", pointer.key, pointer.value, ...where);
  } finally {
    await rm(scratch, { recursive: true });
  }
  return version;
}

const kv = (...args: string[]) =>
  run("wrangler", ["kv", ...args, "--binding", "REGULATIONS"], {
    env: { ...process.env, CI: "1" },
  });

if (import.meta.main) {
  const { values } = parseArgs({
    options: { remote: { type: "boolean", default: false }, "persist-to": { type: "string" } },
  });
  const persist = values["persist-to"] ? ["--persist-to", values["persist-to"]] : [];
  const version = await publish(values.remote ? ["--remote"] : ["--local", ...persist]);
  console.log(`Published regulations ${version} ${values.remote ? "to production" : "locally"}.`);
}
