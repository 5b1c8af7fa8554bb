import { utimesSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Plugin } from "vite";

/** Stands beside the built pages, as old as the beginning of their build. */
export const stampFile = resolve(import.meta.dirname, "../dist/web.built");

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
