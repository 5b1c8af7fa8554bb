import { execFile } from "node:child_process";
import { basename, join } from "node:path";
import { promisify } from "node:util";

/** Runs wrangler without its output, which the error has when it fails. In CI it asks nobody. */
export const wrangler = (...command: string[]) =>
  promisify(execFile)("wrangler", command, { env: { ...process.env, CI: "1" } });

/** Builds a Worker as a deploy would. Returns the bundle's path. */
export async function buildWorker(entry: string, folder: string): Promise<string> {
  await wrangler("deploy", entry, "--dry-run", "--outdir", folder);
  return join(folder, `${basename(entry, ".ts")}.js`);
}
