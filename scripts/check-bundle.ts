/**
 * Builds the Worker as a deploy would, and bounds its size: start-up time and the plan's limit
 * both depend on it.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";

const limitKiB = 400;
const folder = "dist/worker";

await promisify(execFile)("wrangler", ["deploy", "--dry-run", "--outdir", folder], {
  env: { ...process.env, CI: "1" },
});
const kib = gzipSync(await readFile(`${folder}/index.js`)).length / 1024;
console.log(`Worker bundle: ${kib.toFixed(1)} KiB gzipped, of at most ${limitKiB}.`);
if (kib > limitKiB) {
  console.error("The bundle is too large; look at what was imported last.");
  process.exit(1);
}
