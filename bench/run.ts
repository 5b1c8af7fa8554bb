/**
 * `npm run bench`: scans a second and end-to-end times of the built Worker with a model that does
 * no work, its state on tmpfs and on disk, beside the baselines that happen to run on this machine.
 */
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { serve, start } from "./servers.ts";

const run = promisify(execFile);
const file = (name: string) => join(import.meta.dirname, name);

const Measured = z.object({
  completed: z.int(),
  failed: z.int(),
  failures: z.record(z.string(), z.number()),
  scansPerSecond: z.number(),
  acceptP50: z.number(),
  p50: z.number(),
  p99: z.number(),
});
type Measured = z.infer<typeof Measured>;

async function load(url: string, count: number, clients: number): Promise<Measured> {
  const { stdout } = await run("node", [file("load.ts"), url, String(count), String(clients)]);
  const measured = Measured.parse(JSON.parse(stdout));
  if (measured.failed > 0) throw new Error(JSON.stringify(measured.failures));
  return measured;
}

interface Row {
  system: string;
  /** The median round of 64 clients, and how far the slowest and the fastest were apart. */
  busy: Measured;
  spread: string;
  alone: Measured;
}

/** Warms up, then measures 64 clients in three rounds, and one client. */
async function measure(system: string, url: string): Promise<Row> {
  await load(url, 500, 32);
  const rounds: Measured[] = [];
  for (let round = 0; round < 3; round++) rounds.push(await load(url, 1_000, 64));
  const [slowest, busy, fastest] = rounds.toSorted((a, b) => a.scansPerSecond - b.scansPerSecond);
  if (!slowest || !busy || !fastest) throw new RangeError("Three rounds were measured");
  const spread = [slowest, fastest].map((it) => Math.round(it.scansPerSecond)).join("–");
  return { system, busy, spread, alone: await load(url, 300, 1) };
}

/** Our Worker, with its state in a folder of `root` and a model at `modelUrl`, or offline. */
async function measureOurs(system: string, root: string, modelUrl = ""): Promise<Row> {
  await using server = await serve(root, modelUrl);
  return await measure(system, server.url);
}

const answers = (url: string) => fetch(url).then(Boolean, () => false);
const exists = (path: string) => stat(path).then(Boolean, () => false);

const baselines = [
  { system: "Celery, RabbitMQ, Redis", url: "http://127.0.0.1:8901" },
  { system: "BullMQ, Redis", url: "http://127.0.0.1:8902" },
];

await run("npm", ["run", "-s", "bundle"]);
const rows: Row[] = [];
const model = await start("model.ts", {});
const tmpfs = "/dev/shm";
if (await exists(tmpfs)) {
  rows.push(await measureOurs("Eco² Edge, tmpfs, offline model", tmpfs));
  rows.push(await measureOurs("Eco² Edge, tmpfs, model over HTTP", tmpfs, model.url));
}
rows.push(await measureOurs("Eco² Edge, disk, offline model", tmpdir()));
await model[Symbol.asyncDispose]();
for (const { system, url } of baselines) {
  if (await answers(url)) rows.push(await measure(system, url));
  else console.log(`${system} does not run at ${url}, and is left out.`);
}

const reference = rows[0]?.busy.scansPerSecond ?? 1;
console.log(`\n${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}; times in ms\n`);
console.table(
  Object.fromEntries(
    rows.map(({ system, busy, spread, alone }) => [
      system,
      {
        "scans/s, 64 clients": Math.round(busy.scansPerSecond),
        "min–max": spread,
        ratio: Number((busy.scansPerSecond / reference).toFixed(2)),
        "p50, 64": Math.round(busy.p50),
        "p99, 64": Math.round(busy.p99),
        "accept p50, 64": Math.round(busy.acceptP50),
        "p50, 1 client": Number(alone.p50.toFixed(1)),
        "p99, 1 client": Number(alone.p99.toFixed(1)),
      },
    ]),
  ),
);
