import { setTimeout as sleep } from "node:timers/promises";
import { buildWorker } from "../scripts/wrangler.ts";
import { Counts, eachOf, type Operations, total } from "./operations.ts";
import { scanAll, scanAsPage } from "./page-scan.ts";
import { cpuOf, serve, start } from "./servers.ts";
import { assumptions } from "./capacity.ts";

const scans = 100;
/** Scans of each returning user; a new one has one, whose character is new to them. */
const scansOfOld = 2;
const newUsers = Math.round(scans * assumptions.newCharacter);
const users = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);
const fresh = users("fresh", newUsers);
const old = users("old", (scans - newUsers) / scansOfOld);
/** Longer than the retention of a scan and of a user's list of it, ms. */
const laterMs = 3 * 60 * 60 * 1000;
/** How often counts are read, and how long they are unchanged when all is done, ms. */
const lookMs = 250;
const stillMs = 1_200;
/** After this long a message counts as lost, ms. */
const settleTimeoutMs = 60_000;

async function ask(base: string, path: string, method: "GET" | "POST"): Promise<Counts> {
  const response = await fetch(new URL(path, base), { method });
  return Counts.parse(await response.json());
}

/** Waits until queues are empty and nothing more is done. What was counted by then; throws when it never is. */
async function settled(base: string): Promise<Counts> {
  const startedAt = Date.now();
  let before = "";
  for (let since = Date.now(); ; await sleep(lookMs)) {
    const counts = await ask(base, "/bench/operations", "GET");
    const now = JSON.stringify(counts);
    const isEmpty = total(counts.queueWrites) === total(counts.queueDeletes);
    if (now !== before || !isEmpty) since = Date.now();
    before = now;
    if (Date.now() - since >= stillMs) return counts;
    if (Date.now() - startedAt > settleTimeoutMs) throw new Error("Messages stay in their queues");
  }
}

/** The counts of `work` and of all that follows it: also what is deleted hours later. */
export async function countOf(base: string, work: () => Promise<void>): Promise<Counts> {
  await ask(base, "/bench/operations", "POST");
  await work();
  await settled(base);
  await ask(base, `/bench/later?ms=${laterMs}`, "POST");
  return settled(base);
}

/** Builds the Worker that counts. */
export const buildCounting = () =>
  buildWorker("bench/counting/counting-worker.ts", "dist/counting");

/**
 * Counts what scans ask of the platform, as the page does them: some by returning users, whose earlier
 * scans are over and deleted meanwhile, and some by new ones. State is under `root`.
 */
export async function countOperations(root: string): Promise<Operations> {
  await using model = await start("bench-model.ts", { LATENCY_MS: "0" });
  await using server = await serve(root, { modelUrl: model.url, worker: await buildCounting() });
  const { url, pid } = server;
  await countOf(url, () => scanAll(url, old, scansOfOld, "ok"));

  const cpuBefore = await cpuOf(pid);
  const startedAt = performance.now();
  let seconds = 0;
  const counts = await countOf(url, async () => {
    await Promise.all([scanAll(url, old, scansOfOld), scanAll(url, fresh, 1)]);
    seconds = (performance.now() - startedAt) / 1000;
  });
  const cpu = await cpuOf(pid);
  const first = await countOf(url, () => scanAsPage(url, "alone"));
  const again = await countOf(url, () => scanAsPage(url, "alone"));
  return {
    at: new Date().toISOString(),
    scans,
    newUsers: newUsers / scans,
    scansPerSecond: scans / seconds,
    cpuMs: cpu === null || cpuBefore === null ? null : (cpu - cpuBefore) / scans,
    perScan: eachOf(counts, scans),
    alone: { first: eachOf(first, 1), again: eachOf(again, 1) },
  };
}
