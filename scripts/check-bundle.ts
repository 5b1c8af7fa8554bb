/**
 * Builds the Worker as a deploy would, and bounds its size, wasm and all: start-up time and the plan's limit
 * both depend on it.
 */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { commandOptions, endWith } from "./command-options.ts";
import { buildWorker } from "./wrangler.ts";

commandOptions(
  `Usage: npm run bundle -- [options]

  It has none: it builds the Worker, and ends with 1 when that is too large.`,
  { options: {} },
);

const limitKiB = 430;
const folder = "dist/worker";
const bundle = await readFile(await buildWorker("src/index.ts", folder));
// The folder may have modules of earlier builds.
const wasm = (await readdir(folder)).filter(
  (name) => name.endsWith(".wasm") && bundle.includes(name),
);
const modules = await Promise.all(wasm.map((name) => readFile(join(folder, name))));
const kib = [bundle, ...modules].reduce((sum, file) => sum + gzipSync(file).length, 0) / 1024;
console.log(`Worker bundle: ${kib.toFixed(1)} KiB gzipped, of at most ${limitKiB}.`);
if (kib > limitKiB) endWith(1, "The bundle is too large; look at what was imported last.");
