import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";

const at = (path: string) => resolve(import.meta.dirname, path);

/** What makes the output a package that can be packed and installed as it is. */
const packaged: Plugin = {
  name: "packaged",
  generateBundle() {
    for (const [fileName, path] of [
      ["package.json", at("package.json")],
      ["LICENSE", at("../LICENSE")],
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
    lib: { entry: { index: at("src/index.ts"), react: at("src/react.ts") }, formats: ["es"] },
    rolldownOptions: { external: ["react", "eventsource-parser"] },
  },
  plugins: [packaged],
});
