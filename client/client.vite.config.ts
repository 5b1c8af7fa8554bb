import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";

const pathOf = (path: string) => resolve(import.meta.dirname, path);

/** Where the sources are kept: what git names `origin`, without credentials; undefined without one. */
function repositoryUrl(): string | undefined {
  try {
    const flags = ["config", "--get", "remote.origin.url"];
    const url = execFileSync("git", flags, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return url.trim().replace(/^(https?:\/\/)[^/@]*@/, "$1");
  } catch {
    return undefined;
  }
}

/** The `package.json` of the package, which names the repository. */
function manifest(): string {
  const written: unknown = JSON.parse(readFileSync(pathOf("package.json"), "utf8"));
  const url = repositoryUrl();
  const repository =
    url === undefined ? {} : { repository: { type: "git", url, directory: "client" } };
  return JSON.stringify(Object.assign({}, written, repository), null, 2);
}

/** Adds the other files of a package, for `npm pack`. */
const packageFiles: Plugin = {
  name: "package-files",
  generateBundle() {
    this.emitFile({ type: "asset", fileName: "package.json", source: manifest() });
    for (const [fileName, path] of [
      ["README.md", pathOf("README.md")],
      ["CHANGELOG.md", pathOf("CHANGELOG.md")],
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
    sourcemap: true,
    lib: {
      entry: [pathOf("src/eco2-edge-client.ts"), pathOf("src/react.ts"), pathOf("src/ko.ts")],
      formats: ["es"],
    },
    rolldownOptions: { external: ["react", "eventsource-parser"] },
  },
  plugins: [packageFiles],
});
