import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A process that serves at an address until it is disposed of. */
export interface Served extends AsyncDisposable {
  url: string;
  pid: number;
}

/** Starts a script of this folder and reads the address it prints. */
export async function start(script: string, env: Record<string, string>): Promise<Served> {
  const child = spawn("node", [join(import.meta.dirname, script)], {
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

/** Resident memory of a server's workerd, MiB; null where the system does not tell. */
export async function memoryOf(pid: number): Promise<number | null> {
  try {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
    const sizes = await Promise.all(
      children
        .trim()
        .split(" ")
        .map((child) => readFile(`/proc/${child}/status`, "utf8")),
    );
    return Math.max(...sizes.map((text) => Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0))) / 1024;
  } catch {
    // Not Linux.
    return null;
  }
}

/** Our Worker, with its state in a new folder of `root` and a model at `modelUrl`, or offline. */
export async function serve(root: string, modelUrl = ""): Promise<Served> {
  const TMPDIR = await mkdtemp(join(root, "eco2-bench-"));
  const server = await start("serve.ts", { TMPDIR, MODEL_URL: modelUrl });
  return {
    ...server,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(TMPDIR, { recursive: true, force: true });
    },
  };
}
