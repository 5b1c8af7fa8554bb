import { setTimeout as sleep } from "node:timers/promises";
import { timesOf } from "../../bench/statistics.ts";
import { table } from "../../bench/markdown.ts";
import { StormClient } from "./client.ts";
import { markerOf, startFakeProvider } from "./fake-provider.ts";
import { writeReport } from "./storm-report.ts";
import { startStormServer, type StormServer } from "./storm-server.ts";

export interface KillOptions {
  /** Scans in flight at each crash. */
  scans: number;
  rounds: number;
  /** The document whose marked block the report is put into. */
  report?: string | undefined;
}
export const killDefaults = { scans: 50, rounds: 3 } as const;

const latencyMs = 3_000;
const limitMs = 180_000;

/** How the work of a server is cut off; each returns when the server serves. */
const crashes = {
  /** All is killed, the queues with it: the watchdog brings the scans back. */
  "kill -9 of the server": async (server: StormServer, killedAt: number) => {
    await server.kill();
    await server.restart(killedAt);
  },
  /** The queues live on, and redeliver. */
  "crash of the consumers": (server: StormServer) => server.crashConsumers(),
};

/** Measures the time from a crash to the ends of the scans in flight. */
export async function runKill({ scans, rounds, report }: KillOptions): Promise<void> {
  await using provider = await startFakeProvider({ seed: "kill", faultRate: 0, latencyMs });
  await using server = await startStormServer(provider.url);
  const rows: string[][] = [];
  for (const [name, crash] of Object.entries(crashes)) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const clients = Array.from({ length: scans }, (_, index) => {
        const key = crypto.randomUUID();
        const userId = `resident-${index}`;
        const place = { base: server.url, userId, key, marker: markerOf(key) };
        return new StormClient({ ...place, callbackUrl: null });
      });
      const signal = AbortSignal.timeout(limitMs);
      const running = clients.map((client) => client.run(signal));
      while (clients.some(({ marker }) => provider.callsOf(marker).length === 0)) {
        signal.throwIfAborted();
        await sleep(50);
      }
      const inFlight = clients.filter((it) => !it.isEnded);
      const killedAt = Date.now();
      await crash(server, killedAt);
      await Promise.all(running);
      const ended = inFlight.filter((it) => it.isEnded);
      if (ended.length < inFlight.length) process.exitCode = 1;
      times.push(...ended.map(({ endedAt }) => endedAt - killedAt));
      console.log(`${name}: ${ended.length} of ${inFlight.length} in flight have ended`);
    }
    const restarts = name.startsWith("kill") ? server.restarts : [];
    rows.push([name, ...figuresOf(times), figuresOf(restarts)[1] ?? "none"]);
  }
  const text = table(["from", "scans", "p50", "p95", "max", "of it the restart, p50"], rows);
  console.log(`\n${text}`);
  if (report) await writeReport(report, "kill", text);
}

function figuresOf(times: readonly number[]): string[] {
  const figures = timesOf(times);
  if (!figures) return [];
  const all = [figures.p50, figures.p95, Math.max(...times)];
  return [String(times.length), ...all.map((ms) => `${(ms / 1000).toFixed(1)} s`)];
}
