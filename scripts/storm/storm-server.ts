import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdtempDisposable, open, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const endBySignal = () => process.exit(1);
const eventsToken = "the events token of the storm";

/** The project's server, as `npm start` starts it, which can be killed and started again on the same state. */
export async function startStormServer(modelUrl: string) {
  const folder = await mkdtempDisposable(join(tmpdir(), "eco2-storm-"));
  const env = {
    OPENAI_API_KEY: "sk-storm",
    OPENAI_BASE_URL: `${modelUrl}/v1`,
    EVENTS_TOKEN: eventsToken,
    // Its clients send the user id alone.
    DEV_KEY: "",
    // Fires its crons.
    START_KEY: "the start key of the storm",
    WEBHOOK_SECRETS: `whsec_${Buffer.alloc(32, "storm").toString("base64")}`,
  };
  const port = randomInt(20_000, 32_000);
  const url = `http://localhost:${port}`;
  const logFile = join(folder.path, "server.log");
  const log = await open(logFile, "a");
  const flags = ["--port", String(port), "--persist-to", folder.path, "--verbose"];
  let child: ChildProcess | null = null;
  /** How long each restart took, from the kill to readiness, ms. */
  const restarts: number[] = [];

  const isReady = async () => (await fetch(`${url}/ready`).catch(() => null))?.ok ?? false;

  async function start(): Promise<void> {
    // A process group of its own: one signal reaches all its processes.
    child = spawn("npm", ["start", "--", ...flags, "test/support/storm-worker.ts"], {
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
      env: { ...process.env, ...env },
    });
    while (!(await isReady())) {
      if (child.exitCode !== null)
        throw new Error(`The server ended: ${await readFile(logFile, "utf8")}`);
      await sleep(100);
    }
  }
  async function kill(): Promise<void> {
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, "close");
    process.kill(-child.pid, "SIGKILL");
    await closed;
  }

  const killAtExit = () => void kill();
  const signals = ["SIGINT", "SIGTERM"] as const;
  process.on("exit", killAtExit);
  for (const signal of signals) process.on(signal, endBySignal);
  await start();

  async function post(path: string, body: unknown = {}): Promise<void> {
    const init = { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(new URL(`/api/storm/${path}`, url), init);
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
  }

  return {
    url,
    persistTo: folder.path,
    restarts: restarts as readonly number[],

    /** Kills all its processes with SIGKILL. */
    kill,
    /** Starts it again on its state, and waits until it is ready. */
    async restart(killedAt: number) {
      await start();
      restarts.push(Date.now() - killedAt);
    },

    /** Fires the cron that redrives dead letters. */
    async fireCron() {
      const handler = new URL("/cdn-cgi/handler/scheduled", url);
      handler.searchParams.set("cron", "*/5 * * * *");
      await (await fetch(handler, { headers: { "x-start-key": env.START_KEY } })).text();
    },
    /** Sets the clock ahead of the machine's, and does the work of the alarms of these jobs. */
    async later(aheadMs: number, jobs: readonly string[]) {
      for (let first = 0; first < jobs.length; first += 20) {
        await post("later", { aheadMs, jobs: jobs.slice(first, first + 20) });
      }
    },
    /** Crashes the consumers that run. Their queues redeliver. */
    crashConsumers: () => post("crash"),
    /** A page of the event feed, as its text. */
    async readFeed(after: number, limit: number): Promise<{ events: unknown; next: number }> {
      const page = new URL(`/api/v1/events?after=${after}&limit=${limit}`, url);
      const response = await fetch(page, { headers: { authorization: `Bearer ${eventsToken}` } });
      const events: unknown = await response.json();
      return { events, next: Number(response.headers.get("x-next-cursor")) };
    },

    /** What a user's own pages show. */
    async readAs(userId: string, path: string): Promise<unknown> {
      const page = new URL(`/api/v1/users/me/${path}`, url);
      const response = await fetch(page, { headers: { "x-user-id": userId } });
      return response.json();
    },

    async [Symbol.asyncDispose]() {
      process.off("exit", killAtExit);
      for (const signal of signals) process.off(signal, endBySignal);
      await kill();
      await log.close();
      await folder.remove();
    },
  };
}
export type StormServer = Awaited<ReturnType<typeof startStormServer>>;
