/**
 * Serves the built Worker straight from workerd, without the proxies and the page's assets,
 * and prints its address. Its state is under TMPDIR; MODEL_URL names a model that speaks OpenAI's
 * protocol, and without it the offline model answers. WORKER names another bundle than the project's, and
 * WORKFLOW a Workflow's class in it, which is bound as SCAN_WORKFLOW.
 */
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { z } from "zod";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_splitSqlQuery } from "wrangler";
import { publicationOfFiles } from "../regulations/files.ts";
import { writeLocalConfiguration } from "../scripts/start/local-queues.ts";

const name = "eco2-edge";
const { MODEL_URL, WORKFLOW, WORKER = "dist/worker/index.js" } = process.env;
const { workerOptions } = unstable_getMiniflareWorkerOptions(await writeLocalConfiguration());
const { assets: _, ...worker } = workerOptions;

/** The modules of WebAssembly that a built Worker imports. */
async function wasmBeside(worker: string) {
  const names = (await readdir(dirname(worker))).filter((file) => file.endsWith(".wasm"));
  return Promise.all(
    names.map(async (path) => ({
      type: "CompiledWasm" as const,
      path,
      contents: await readFile(join(dirname(worker), path)),
    })),
  );
}

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    log: new Log(LogLevel.WARN),
    cf: false,
    handleRuntimeStdio: (out: Readable, err: Readable) => {
      out.resume();
      err.pipe(process.stderr);
    },
    workers: [
      {
        ...worker,
        name,
        ...(WORKFLOW && { workflows: { SCAN_WORKFLOW: { name: "scan", className: WORKFLOW } } }),
        unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        modules: [
          { type: "ESModule", path: "index.js", contents: await readFile(WORKER, "utf8") },
          ...(await wasmBeside(WORKER)),
        ],
        bindings: {
          ...z.record(z.string(), z.unknown()).parse(worker["bindings"]),
          AUTH_MODE: "dev",
          DEFAULT_MODEL: "",
          OPENAI_API_KEY: MODEL_URL ? "sk-bench" : "",
          OPENAI_BASE_URL: MODEL_URL ?? "",
          SIGNING_SECRET: "a secret of the benchmark's own, 32+",
        },
      },
    ],
  }),
);
process.on("SIGTERM", () => void miniflare.dispose().finally(() => process.exit(0)));
await miniflare.ready;
const url = await miniflare.unsafeGetDirectURL(name);

const regulations = await miniflare.getKVNamespace("REGULATIONS", name);
const { entries, pointer } = await publicationOfFiles();
for (const { key, value } of [...entries, pointer]) await regulations.put(key, value);

const database = await miniflare.getD1Database("DB", name);
for (const file of (await readdir("migrations")).toSorted()) {
  const sql = await readFile(`migrations/${file}`, "utf8");
  for (const statement of unstable_splitSqlQuery(sql)) await database.prepare(statement).run();
}
console.log(`serving ${url.origin}`);
