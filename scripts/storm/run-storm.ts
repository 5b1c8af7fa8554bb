import { setTimeout as sleep } from "node:timers/promises";
import { startCallbackReceiver } from "./callback-receiver.ts";
import { StormClient } from "./client.ts";
import { type Difference, differencesOf } from "./compare.ts";
import { markerOf, startFakeProvider } from "./fake-provider.ts";
import { readStores } from "./read-stores.ts";
import { seeded } from "./seeded.ts";
import { startStormServer, type StormServer } from "./storm-server.ts";
import { reportOf, writeReport } from "./storm-report.ts";

export { runKill } from "./run-kill.ts";

export interface StormOptions {
  scans: number;
  users: number;
  secondsBetweenKills: number;
  /** The share of model calls, and of first webhooks, that are faulty. */
  faultRate: number;
  seed: string;
  /** The document whose marked block the report is put into. */
  report?: string | undefined;
}

export const stormDefaults = {
  scans: 1_500,
  users: 60,
  secondsBetweenKills: 15,
  faultRate: 0.2,
} as const;

/** Scans that are submitted from one kill to the next. */
const scansPerKill = 120;
const latencyMs = 300;
const hourMs = 3_600_000;
/** How long the scans may take to end after the last kill, and the effects to arrive after an hour, ms. */
const settleMs = 420_000;
const effectsMs = 150_000;
const callbackShare = 0.4;

/**
 * The storm: scans of many users on the real server, which is killed again and again, with a provider that fails.
 * Prints each difference from what is promised, and ends with exit code 1 when there is one.
 */
export async function runStorm(options: StormOptions): Promise<void> {
  const { scans, users, secondsBetweenKills, faultRate, seed } = options;
  const startedAt = Date.now();
  const say = (text: string) =>
    console.log(`${String(Math.round((Date.now() - startedAt) / 1000)).padStart(4)} s  ${text}`);
  say(`storm of ${scans} scans of ${users} users, seed ${seed}`);

  await using provider = await startFakeProvider({ seed, faultRate, latencyMs });
  await using receiver = await startCallbackReceiver(seed, faultRate);
  await using server = await startStormServer(provider.url);
  const clients = Array.from({ length: scans }, (_, index) => {
    const key = `storm-${seed}-${index}`;
    return new StormClient({
      base: server.url,
      userId: `resident-${index % users}`,
      key,
      marker: markerOf(key),
      callbackUrl: seeded(seed, "callback", index) < callbackShare ? receiver.url : null,
    });
  });
  say(`the server is ready at ${server.url}`);

  const progress = () => {
    const submitted = clients.filter(({ submits }) => submits > 0);
    const parked = submitted.filter((it) => it.isParked).length;
    const ended = submitted.filter((it) => it.isEnded).length;
    say(
      `${submitted.length} submitted, ${ended} ended, ${parked} parked, ${server.restarts.length} kills`,
    );
  };
  const printing = setInterval(progress, 10_000);
  const giveUp = new AbortController();
  const running: Promise<void>[] = [];
  try {
    for (let first = 0; first < scans; first += scansPerKill) {
      // Some are submitted while the server is down.
      const spreadMs = secondsBetweenKills * 1_200;
      for (const client of clients.slice(first, first + scansPerKill)) {
        const waitMs = seeded(seed, "submit", client.marker) * spreadMs;
        running.push(sleep(waitMs).then(() => client.run(giveUp.signal)));
      }
      await sleep(secondsBetweenKills * 1_000);
      const killedAt = Date.now();
      await server.kill();
      await server.restart(killedAt);
    }
    const hours = await settle(server, clients);
    giveUp.abort();
    const failures = (await Promise.allSettled(running)).filter((it) => it.status === "rejected");
    progress();
    await replayAll(clients);
    const userIds = [...new Set(clients.map(({ userId }) => userId))];
    const outside = { webhooks: receiver.received, callsOf: provider.callsOf };
    const compare = async () => differencesOf(clients, await readStores(server, userIds, outside));
    const early = await compare();
    say(`${early.length} differences before the effects are published once more`);
    await server.later((hours + 1) * hourMs, clients.map(({ jobId }) => jobId).filter(Boolean));
    const differences = [
      ...failures.map(({ reason }): Difference => ({ check: "ends", text: String(reason) })),
      ...(await untilNone(compare)),
    ];
    for (const { check, text } of differences) console.error(`${check}: ${text}`);
    const report = reportOf({
      options,
      clients,
      calls: provider.calls,
      webhooks: receiver.received.length,
      restarts: server.restarts,
      early,
      differences,
      tookMs: Date.now() - startedAt,
    });
    console.log(`\n${report}\n`);
    if (options.report) await writeReport(options.report, "storm", report);
    if (differences.length > 0) process.exitCode = 1;
  } finally {
    clearInterval(printing);
    giveUp.abort();
  }
}

/**
 * Waits until all scans have ended, for a limited time. What is parked is redriven; an hour passes for it when its
 * dead letter was lost, or its redrive is not due. Returns the hours that have passed.
 */
async function settle(server: StormServer, clients: readonly StormClient[]): Promise<number> {
  const until = Date.now() + settleMs;
  let hours = 0;
  while (Date.now() < until) {
    const open = clients.filter((it) => !it.isEnded);
    if (open.length === 0) break;
    if (open.every((it) => it.isParked)) {
      hours++;
      await server.later(
        hours * hourMs,
        open.map(({ jobId }) => jobId),
      );
      await sleep(2_000);
    }
    await server.fireCron();
    await sleep(5_000);
  }
  return hours;
}

async function replayAll(clients: readonly StormClient[]): Promise<void> {
  for (let first = 0; first < clients.length; first += 20) {
    const some = clients.slice(first, first + 20).filter((it) => it.jobId);
    await Promise.all(some.map((it) => it.replay()));
  }
}

/** Compares until there is no difference, for a limited time. */
async function untilNone(compare: () => Promise<Difference[]>): Promise<Difference[]> {
  const until = Date.now() + effectsMs;
  for (;;) {
    const differences = await compare();
    if (differences.length === 0 || Date.now() > until) return differences;
    await sleep(5_000);
  }
}
