import { existsSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { type Served, start, withCleanup } from "./servers.ts";

/** Where Redis keeps its state. */
interface Redis {
  /** The folder in which it has its own. */
  root: string;
  /** Whether a command is on disk before it is answered. */
  durable: boolean;
}

/** As it is configured by default, but for the snapshots: nothing is written. */
export const inMemory: Redis = { root: tmpdir(), durable: false };
export const appendOnly = (root: string): Redis => ({ root, durable: true });

const isOnPath = (command: string) =>
  (process.env["PATH"] ?? "").split(delimiter).some((it) => existsSync(join(it, command)));

/** The BullMQ pipeline with a Redis of its own. Null where either is not installed. */
export async function serveBullMQ({ root, durable }: Redis, modelUrl = ""): Promise<Served | null> {
  const isInstalled = existsSync(join(import.meta.dirname, "bullmq/node_modules/bullmq"));
  if (!isInstalled || !isOnPath("redis-server")) {
    console.error("BullMQ needs redis-server, and `npm ci --prefix bench/bullmq`.");
    return null;
  }
  const folder = await mkdtempDisposable(join(root, "eco2-bullmq-"));
  const server = await start("bullmq/serve-bullmq.ts", {
    TMPDIR: folder.path,
    MODEL_URL: modelUrl,
    ...(durable && { APPENDFSYNC: "always" }),
  });
  return withCleanup(server, () => folder.remove());
}
