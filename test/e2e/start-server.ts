import { type ChildProcess, spawn } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { once } from "node:events";
import { cp, mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepared } from "./prepared-folder.ts";

export interface Server {
  url: string;
  persistTo: string;
  /** The output so far. */
  output(): string;
  /** Fires a cron of wrangler.toml. */
  fireCron(cron: string): Promise<Response>;
  /** Ends the server and all its processes. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface ServerOptions {
  env?: Record<string, string>;
  persistTo?: string;
  port?: number;
  /** The Worker to serve instead of the project's own. */
  entry?: string;
  /** As a user sees it, and not with wrangler's own output, which has more details when a test fails. */
  quiet?: boolean;
  /** With a key for its users, as `npm start` makes one. */
  locked?: boolean;
}

/** Ends what it runs when the tests end, however they end: a signal of a terminal does not reach other groups. */
const endWithParent = join(import.meta.dirname, "../../scripts/end-with-parent.sh");

/** Runs `npm start` on a free port with its own state, and waits until it is ready. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const port = options.port ?? (await freePort());
  const persistTo = options.persistTo ?? (await newState());
  const entry = options.entry ?? builtWorker();
  const verbose = options.quiet ? [] : ["--verbose"];
  const startKey = randomUUID();
  const flags = ["--port", String(port), "--persist-to", persistTo, ...verbose];
  if (entry !== undefined) flags.push(entry);
  const child = spawn(endWithParent, ["npm", "start", "--", ...flags], {
    // A process group of its own: one signal reaches npm, wrangler and workerd.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      START_KEY: startKey,
      ...(options.locked ? {} : { DEV_KEY: "" }),
      ...options.env,
    },
  });
  let output = "";
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes("Eco² Edge is ready")) resolve();
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  child.once("exit", (code) => reject(new Error(`npm start exited with ${code}:\n${output}`)));
  await ready;
  return {
    url: `http://localhost:${port}`,
    persistTo,
    output: () => output,
    fireCron: (cron) =>
      fetch(`http://localhost:${port}/cdn-cgi/handler/scheduled?${new URLSearchParams({ cron })}`, {
        headers: { "x-start-key": startKey },
      }),
    stop: (signal = "SIGTERM") => stop(child, signal),
  };
}

/** The Worker as a deploy builds it, once for all servers; undefined where `npm start` is to build it. */
function builtWorker(): string | undefined {
  const folder = prepared()?.worker;
  return folder === undefined ? undefined : join(folder, "index.js");
}

/** A folder for a state. In tests it is prepared already: that takes as long as the rest of a start. */
async function newState(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "eco2-edge-"));
  const state = prepared()?.state;
  if (state !== undefined) await cp(state, folder, { recursive: true });
  return folder;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "close");
  process.kill(-child.pid, signal);
  await exited;
}

/** Below the ephemeral ports (from 32768 on Linux, 49152 elsewhere), which the system may assign. */
export async function freePort(): Promise<number> {
  for (;;) {
    const probe = createServer();
    const port = randomInt(20_000, 32_000);
    try {
      probe.listen(port, "127.0.0.1");
      await once(probe, "listening");
    } catch {
      continue;
    }
    probe.close();
    await once(probe, "close");
    return port;
  }
}
