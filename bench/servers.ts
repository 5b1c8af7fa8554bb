import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtempDisposable, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A folder in memory; null where there is none. */
export const tmpfs = existsSync("/dev/shm") ? "/dev/shm" : null;
/** Where state is cheapest to write. */
export const stateRoot = tmpfs ?? tmpdir();

const thisCheckout = join(import.meta.dirname, "..");

/** A process that serves at an address until it is disposed of. */
export interface Served extends AsyncDisposable {
  url: string;
  pid: number;
}

/** Ends what it runs with this process, whatever signal ends that. */
const endWithParent = join(thisCheckout, "scripts/end-with-parent.sh");

/** Starts a script of this folder, or of another checkout's, and reads the address it prints. */
export async function start(
  script: string,
  env: Record<string, string>,
  checkout = thisCheckout,
): Promise<Served> {
  const child = spawn(endWithParent, ["node", join(checkout, "bench", script)], {
    cwd: checkout,
    stdio: ["ignore", "pipe", "inherit"],
    // Wrangler asks for the secrets that wrangler.toml names, though serve.ts sets them.
    env: { ...process.env, OPENAI_API_KEY: "", ...env },
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^serving (.*)$/.exec(line)?.[1];
    if (!url) continue;
    child.stdout.resume();
    return {
      url,
      pid: child.pid ?? 0,
      async [Symbol.asyncDispose]() {
        child.kill();
        await once(child, "exit");
      },
    };
  }
  throw new Error(`${script} ended without serving`);
}

/** A file of `/proc` for each process of a server's own that it has started; null where there is no `/proc`. */
async function readChildren(pid: number, kind: "stat" | "status"): Promise<string[] | null> {
  const path = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(path)) return null;
  const children = (await readFile(path, "utf8")).trim().split(" ");
  const files = await Promise.all(
    children.map((child) => readFile(`/proc/${child}/${kind}`, "utf8")),
  );
  return files.filter((text) => !text.includes("end-with-parent"));
}

/** Resident memory of the processes that a server has started, MiB; null where there is no `/proc`. */
export async function memoryOf(pid: number): Promise<number | null> {
  const files = await readChildren(pid, "status");
  const sizes = files?.map((text) => Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0));
  return sizes ? sizes.reduce((sum, size) => sum + size, 0) / 1024 : null;
}

/** A tick of the clock in which processes' times are given, ms: Linux has a hundred a second. */
const tickMs = 10;

/** CPU that a server's workerd has used so far, ms; null where there is no `/proc`. */
export async function cpuOf(pid: number): Promise<number | null> {
  const files = await readChildren(pid, "stat");
  if (!files) return null;
  // After the name, which may have spaces: utime and stime are the 12th and 13th.
  const ticks = files.flatMap((text) => text.split(") ").at(-1)?.split(" ").slice(11, 13) ?? []);
  return ticks.reduce((sum, each) => sum + Number(each), 0) * tickMs;
}

/** What is served: the project's build with the offline model, unless something else is named. */
export interface ServeOptions {
  /** A model that speaks OpenAI's protocol. */
  modelUrl?: string;
  /** Another bundle of this checkout. */
  worker?: string;
  /** The class of a Workflow in that bundle. */
  workflow?: string;
  /** Another checkout, whose build its own `serve.ts` serves. */
  checkout?: string;
}

/** A Worker, with its state in a new folder of `root`. */
export async function serve(
  root: string,
  { modelUrl = "", worker, workflow = "", checkout }: ServeOptions = {},
): Promise<Served> {
  const folder = await mkdtempDisposable(join(root, "eco2-bench-"));
  const bundle = worker === undefined ? {} : { WORKER: worker };
  const env = { TMPDIR: folder.path, MODEL_URL: modelUrl, WORKFLOW: workflow, ...bundle };
  const server = await start("serve.ts", env, checkout);
  return withCleanup(server, () => folder.remove());
}

/** A server, and what is cleaned up after it. */
export const withCleanup = (server: Served, cleanUp: () => PromiseLike<void>): Served => ({
  ...server,
  async [Symbol.asyncDispose]() {
    await server[Symbol.asyncDispose]();
    await cleanUp();
  },
});
