import { existsSync, globSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";

/** What the pages and the API document are made of, with the folders: a file that is taken away changes them. */
const sources = ["web/**", "client/src/**", "src/**", "package-lock.json"];

/** Stands beside the built pages, as old as the beginning of their build. */
const stampFile = resolve(import.meta.dirname, "../dist/web.built");

let began = new Date();

/** Notes, once all is written, when the build began: what changes after that makes it stale. */
export const stamp: Plugin = {
  name: "stamp",
  buildStart: () => void (began = new Date()),
  writeBundle() {
    writeFileSync(stampFile, "");
    utimesSync(stampFile, began, began);
  },
};

/**
 * Builds the pages, unless nothing they are made of has changed since they were built: a build takes
 * their files from under every server that serves them.
 */
export async function buildPages(): Promise<void> {
  if (isCurrent()) return;
  // Loaded when it is needed: a start without a build takes a second less.
  const { build } = await import("vite");
  await build({ configFile: "web/web.vite.config.ts", logLevel: "warn" });
}

function isCurrent(): boolean {
  if (!existsSync(stampFile) || !existsSync("dist/web/index.html")) return false;
  const { mtimeMs: builtAt } = statSync(stampFile);
  return globSync(sources).every((path) => statSync(path).mtimeMs < builtAt);
}
