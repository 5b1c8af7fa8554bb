import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";

const pathOf = (path: string) => resolve(import.meta.dirname, path);

/** Adds the other files of a package, for `npm pack`. */
const packageFiles: Plugin = {
  name: "package-files",
  generateBundle() {
    for (const [fileName, path] of [
      ["package.json", pathOf("package.json")],
      ["LICENSE", pathOf("../LICENSE")],
    ] as const) {
      this.emitFile({ type: "asset", fileName, source: readFileSync(path) });
    }
  },
};

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: "../dist/client",
    emptyOutDir: true,
    target: "es2022",
    minify: false,
    lib: {
      entry: [pathOf("src/eco2-edge-client.ts"), pathOf("src/react.ts"), pathOf("src/ko.ts")],
      formats: ["es"],
    },
    rolldownOptions: { external: ["react", "eventsource-parser"] },
  },
  plugins: [packageFiles],
});
