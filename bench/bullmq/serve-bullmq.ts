/**
 * Starts Redis, a worker and an API of the BullMQ pipeline, and prints its address. Redis has its socket and its
 * files under TMPDIR; APPENDFSYNC=always makes it write each command to disk before it answers, and without it
 * nothing is written.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

const { APPENDFSYNC = "" } = process.env;
const folder = tmpdir();
const REDIS = join(folder, "redis.sock");
const children: ChildProcess[] = [];

/** Starts a process, and waits for the line that says it is ready. */
async function startChild(command: string, args: string[], ready: RegExp): Promise<string> {
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, REDIS },
  });
  children.push(child);
  const lines: Readable = child.stdout;
  for await (const line of createInterface({ input: lines })) {
    if (!ready.test(line)) continue;
    lines.resume();
    return line;
  }
  throw new Error(`${command} ended before it was ready`);
}

async function ended(child: ChildProcess) {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

process.on("SIGTERM", () => {
  for (const child of children.toReversed()) child.kill();
  Promise.all(children.map(ended)).then(
    () => process.exit(0),
    () => process.exit(1),
  );
});

const durable = APPENDFSYNC ? ["--appendonly", "yes", "--appendfsync", APPENDFSYNC] : [];
const network = ["--port", "0", "--unixsocket", REDIS];
const redis = [...network, "--save", "", "--dir", folder, ...durable];
await startChild("redis-server", redis, /eady to accept connections/);
await startChild("node", [join(import.meta.dirname, "worker.ts")], /^working$/);
console.log(await startChild("node", [join(import.meta.dirname, "api.ts")], /^serving /));
