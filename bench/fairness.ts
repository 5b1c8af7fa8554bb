/**
 * `npm run bench:fairness`: how long the scans of others take while one user has a thousand on the
 * way, beside an idle system, in one run. The model answers after half a second.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { commandOptions } from "../scripts/command-options.ts";
import { buildMeasured } from "./build-measured.ts";
import { serve, start, stateRoot } from "./servers.ts";
import { timesOf } from "./statistics.ts";

commandOptions(
  `Usage: npm run bench:fairness -- [options]

  It has none: it measures for about five minutes, and prints a table.`,
  { options: {} },
);
buildMeasured();

const heavyScans = 1_000;
const others = 20;
const latencyMs = 500;
/** From one of the others to the next, ms. */
const spacingMs = 250;

const Accepted = z.object({ job_id: z.string(), stream_url: z.string() });
const Status = z.object({ status: z.string() });

async function submit(base: string, user: string) {
  const response = await fetch(new URL("/api/v1/scan", base), {
    method: "POST",
    headers: { "content-type": "application/json", "x-user-id": user },
    body: JSON.stringify({ user_input: `라벨 뗀 투명 페트병 {${crypto.randomUUID()}}` }),
  });
  return Accepted.parse(await response.json());
}

/** How long a scan takes from its submit to its last event, ms. */
async function timed(base: string, user: string): Promise<number> {
  const startedAt = performance.now();
  const { stream_url } = await submit(base, user);
  const stream = await fetch(new URL(stream_url, base), { headers: { "x-user-id": user } });
  const text = await stream.text();
  if (!text.includes("event: done")) throw new Error("The stream ended without done");
  return performance.now() - startedAt;
}

/** The scans of others, one after the other however long each takes. Their p50 and p95, ms. */
async function measure(base: string, round: string) {
  const running: Promise<number>[] = [];
  for (let other = 0; other < others; other++) {
    running.push(timed(base, `${round}-${other}`));
    await sleep(spacingMs);
  }
  const times = timesOf(await Promise.all(running));
  if (!times) throw new RangeError("There are no others");
  return { p50: times.p50, p95: times.p95 };
}

/** How many of these scans have not ended. */
async function unfinished(base: string, jobs: readonly string[]): Promise<number> {
  const states = await Promise.all(
    jobs.map(async (id) => {
      const url = new URL(`/api/v1/scan/${id}`, base);
      const response = await fetch(url, { headers: { "x-user-id": "heavy" } });
      return Status.parse(await response.json()).status;
    }),
  );
  return states.filter((it) => it === "queued" || it === "running").length;
}

await using model = await start("bench-model.ts", { LATENCY_MS: String(latencyMs) });
await using server = await serve(stateRoot, { modelUrl: model.url });
const { url } = server;

await measure(url, "warm-up");
const idle = await measure(url, "idle");
const jobs: string[] = [];
for (let first = 0; first < heavyScans; first += 50) {
  const some = await Promise.all(Array.from({ length: 50 }, () => submit(url, "heavy")));
  jobs.push(...some.map(({ job_id }) => job_id));
}
const before = await unfinished(url, jobs);
const busy = await measure(url, "busy");
const after = await unfinished(url, jobs);

console.table({
  idle: { ...idle, "of the thousand unfinished": "" },
  "beside a thousand": { ...busy, "of the thousand unfinished": `${before} to ${after}` },
});
console.log(
  `p95 beside a thousand scans of another user: ${(busy.p95 / idle.p95).toFixed(2)} × idle`,
);
