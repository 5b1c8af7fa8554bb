import { randomUUID } from "node:crypto";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { build, type InlineConfig } from "vite";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");
const bin = (tool: string) => join(root, "node_modules/.bin", tool);

/** A project that has the packed client installed. */
export interface Consumer {
  at: (path: string) => string;
  /** The packed client. */
  tarball: string;
  /** Type-checks files under these settings; rejects with the compiler's output. */
  compile: (settings: object, files: string[]) => Promise<void>;
  /** Bundles one file, with what it exports. */
  bundle: (file: string, config?: InlineConfig) => Promise<string>;
  /** Builds a page as `vite build` does, into a folder. */
  site: (page: string) => Promise<string>;
  remove: () => Promise<void>;
}

/** The strictest settings of a consumer; they check the package's declarations, too. */
const strictest = {
  strict: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  noEmit: true,
  target: "esnext",
};

export async function installClient(files: Record<string, string>): Promise<Consumer> {
  const folder = await mkdtemp(join(tmpdir(), "eco2-consumer-"));
  const at = (path: string) => join(folder, path);
  const installed = at("node_modules/eco2-edge-client");
  await mkdir(installed, { recursive: true });
  const [tarball] = await Promise.all([
    packClient(at("built"), installed),
    ...linked.map(async (name) => {
      await mkdir(dirname(at(`node_modules/${name}`)), { recursive: true });
      await symlink(join(root, "node_modules", name), at(`node_modules/${name}`));
    }),
    cp(join(root, "client/example.ts"), at("example.ts")),
    writeFile(at("package.json"), JSON.stringify({ type: "module" })),
    ...Object.entries(files).map(([name, text]) => writeFile(at(name), text)),
  ]);
  return {
    at,
    tarball,

    async compile(settings, included) {
      const compilerOptions = { ...strictest, ...settings };
      // Compilations run at once.
      const project = at(`tsconfig.${randomUUID()}.json`);
      await writeFile(project, JSON.stringify({ compilerOptions, files: included }));
      await run(bin("tsc"), ["-p", project]).catch((error: { stdout: string }) => {
        throw new Error(error.stdout);
      });
    },

    async bundle(file, config = {}) {
      const output = await build({
        configFile: false,
        logLevel: "silent",
        root: folder,
        ...config,
        build: {
          write: false,
          target: "esnext",
          minify: false,
          modulePreload: false,
          rolldownOptions: { input: file, preserveEntrySignatures: "strict" },
        },
      });
      if (Array.isArray(output) || !("output" in output)) throw new Error("Not one bundle");
      const [script, ...rest] = output.output;
      if (script.type !== "chunk" || rest.length > 0) throw new Error("Not one script");
      return script.code;
    },

    async site(page) {
      const outDir = at(`site-${randomUUID()}`);
      const options = { outDir, rolldownOptions: { input: at(page) } };
      await build({ configFile: false, logLevel: "silent", root: folder, build: options });
      return outDir;
    },

    remove: () => rm(folder, { recursive: true }),
  };
}

/** What a consumer has beside the client. */
const linked = [
  "eventsource-parser",
  "react",
  "react-dom",
  "standardwebhooks",
  "@cloudflare/workers-types",
  "@types",
];

/** Builds and packs the client as docs/client.md says, and unpacks it as npm would. */
async function packClient(built: string, installed: string): Promise<string> {
  await buildClient(built);
  const { stdout } = await run("npm", ["pack", "--silent"], { cwd: built });
  const tarball = join(built, stdout.trim());
  await run("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
  return tarball;
}

/** Does what `npm run client` does, into another folder. */
async function buildClient(outDir: string) {
  const configFile = join(root, "client/client.vite.config.ts");
  await build({ configFile, logLevel: "silent", build: { outDir } });
  await run(bin("tsc"), [
    "-p",
    join(root, "client/tsconfig.declarations.json"),
    "--outDir",
    outDir,
  ]);
}
