import { globSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vite";

export default defineConfig({
  root: "web",
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    rolldownOptions: {
      input: globSync("*.html", { cwd: import.meta.dirname }).map((page) =>
        resolve(import.meta.dirname, page),
      ),
    },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "hono/jsx/dom" } },
});
