import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { build } from "vite";
import { stampFile } from "./stamp.ts";

/** What the pages and the API document are made of. */
const sources = ["web", "client/src", "src", "package-lock.json"];

/**
 * Builds the pages, unless nothing they are made of has changed since they were built: a build takes
 * their files from under every server that serves them.
 */
export async function buildPages(): Promise<void> {
  if (!(await isCurrent())) await build({ configFile: "web/web.vite.config.ts", logLevel: "warn" });
}

async function isCurrent(): Promise<boolean> {
  if (!existsSync(stampFile) || !existsSync("dist/web/index.html")) return false;
  const { mtimeMs: builtAt } = await stat(stampFile);
  const changes = await Promise.all(sources.map(lastChange));
  return changes.every((at) => at < builtAt);
}

/** When a file, or anything in a folder, was changed, made or taken away last, Unix ms. */
async function lastChange(path: string): Promise<number> {
  const entry = await stat(path);
  const inside = entry.isDirectory() ? await readdir(path, { recursive: true }) : [];
  const entries = await Promise.all(inside.map((name) => stat(join(path, name))));
  return entries.reduce((last, { mtimeMs }) => Math.max(last, mtimeMs), entry.mtimeMs);
}
