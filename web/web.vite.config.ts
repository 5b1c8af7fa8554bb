import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { build, defineConfig, type Plugin, runnerImport } from "vite";
import type * as document from "../src/api/openapi/openapi-document.ts";
import { stamp } from "../scripts/pages.ts";
import { codePages } from "./codes/code-pages.ts";

/** Routes are described without what they run: Node does not link a Worker's modules of WebAssembly. */
const withoutWasm: Plugin = {
  name: "without-wasm",
  enforce: "pre",
  resolveId: (id) => (id.endsWith(".wasm") ? "\0without-wasm" : null),
  load: (id) => (id === "\0without-wasm" ? "export default null" : null),
};

/**
 * Adds the OpenAPI document to the pages. The routes run in Node here, so that they must not import
 * `cloudflare:workers`. Node cannot resolve the main entry of `itty-durable`, of which the routes use the
 * proxy only.
 */
const openApiDocument: Plugin = {
  name: "openapi-document",
  async generateBundle() {
    const { module } = await runnerImport<typeof document>(
      resolve(import.meta.dirname, "../src/api/openapi/openapi-document.ts"),
      {
        configFile: false,
        plugins: [withoutWasm],
        // The source maps of itty-durable name files that its package lacks.
        logLevel: "error",
        resolve: { alias: { "itty-durable": "itty-durable/proxy-durable.js" } },
      },
    );
    const source = JSON.stringify(module.documentOf());
    this.emitFile({ type: "asset", fileName: "openapi.json", source });
  },
};

/** Adds a page for each code of the API, which is its problem's `type`. They are small: no script, one style sheet. */
const explainedCodes: Plugin = {
  name: "explained-codes",
  async generateBundle() {
    const source = await readFile(resolve(import.meta.dirname, "codes/codes.css"));
    const styles = this.emitFile({ type: "asset", name: "codes.css", source });
    for (const [fileName, html] of codePages(`/${this.getFileName(styles)}`)) {
      this.emitFile({ type: "asset", fileName, source: html });
    }
  },
};

/**
 * Adds the service worker, from a build of its own: as a classic script it imports nothing, and has no chunks in common
 * with the pages. It keeps its name, and its scope is the folder that it is in.
 */
const serviceWorker: Plugin = {
  name: "service-worker",
  async generateBundle() {
    const built = await build({
      configFile: false,
      logLevel: "warn",
      publicDir: false,
      build: {
        write: false,
        rolldownOptions: {
          input: resolve(import.meta.dirname, "offline/service-worker.ts"),
          output: { format: "iife" },
        },
      },
    });
    if (!("output" in built)) throw new Error("The service worker was not built");
    const [{ code }] = built.output;
    this.emitFile({ type: "asset", fileName: "service-worker.js", source: code });
  },
};

export default defineConfig({
  root: "web",
  plugins: [openApiDocument, explainedCodes, serviceWorker, stamp],
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    // Swagger UI is one file of 1.7 MB, for its own page only.
    chunkSizeWarningLimit: 1_800,
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: globSync("*.html", { cwd: import.meta.dirname }).map((path) =>
        resolve(import.meta.dirname, path),
      ),
    },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "hono/jsx/dom" } },
});
