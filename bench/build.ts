import { execFile } from "node:child_process";
import { basename, join } from "node:path";
import { promisify } from "node:util";

/** Builds another entry than the project's, as a deploy would. The bundle's path. */
export async function buildWorker(entry: string, folder: string): Promise<string> {
  await promisify(execFile)("wrangler", ["deploy", entry, "--dry-run", "--outdir", folder], {
    env: { ...process.env, CI: "1" },
  });
  return join(folder, `${basename(entry, ".ts")}.js`);
}
