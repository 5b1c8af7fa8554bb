import { execFile } from "node:child_process";
import { basename, join } from "node:path";
import { promisify } from "node:util";

/** Runs wrangler without its output, which the error has when it fails. In CI it asks nobody. */
export const wrangler = (...command: string[]) => wranglerIn(".", ...command);

const wranglerIn = (checkout: string, ...command: string[]) =>
  promisify(execFile)("wrangler", command, { cwd: checkout, env: { ...process.env, CI: "1" } });

/** Builds a Worker of a checkout as a deploy would. Returns the bundle's path in it. */
export async function buildWorker(entry: string, folder: string, checkout = "."): Promise<string> {
  await wranglerIn(checkout, "deploy", entry, "--dry-run", "--outdir", folder);
  return join(folder, `${basename(entry, ".ts")}.js`);
}
