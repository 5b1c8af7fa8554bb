import { globSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";
import { documentOf } from "../openapi/document.ts";
import { stamp } from "../scripts/stamp.ts";

/** Puts the API's document beside the pages, made of the schemas that the Worker validates by. */
const openApiDocument: Plugin = {
  name: "openapi-document",
  generateBundle() {
    const source = JSON.stringify(documentOf());
    this.emitFile({ type: "asset", fileName: "openapi.json", source });
  },
};

export default defineConfig({
  root: "web",
  plugins: [openApiDocument, stamp],
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    // Swagger UI is one file of 1.7 MB, and on its own page only.
    chunkSizeWarningLimit: 1_800,
    rolldownOptions: {
      // How long each plugin took is no warning.
      checks: { pluginTimings: false },
      input: globSync("*.html", { cwd: import.meta.dirname }).map((page) =>
        resolve(import.meta.dirname, page),
      ),
    },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "hono/jsx/dom" } },
});
