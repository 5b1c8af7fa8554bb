/**
 * Builds the Worker as a deploy would, and bounds its size: start-up time and the plan's limit
 * both depend on it.
 */
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { endWith } from "./command-options.ts";
import { buildWorker } from "./wrangler.ts";

const limitKiB = 400;
const bundle = await readFile(await buildWorker("src/index.ts", "dist/worker"));
const kib = gzipSync(bundle).length / 1024;
console.log(`Worker bundle: ${kib.toFixed(1)} KiB gzipped, of at most ${limitKiB}.`);
if (kib > limitKiB) endWith(1, "The bundle is too large; look at what was imported last.");
