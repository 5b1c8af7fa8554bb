/**
 * `npm run bench`: what the built Worker does in one run, beside the baselines that happen to run on
 * this machine, and what a scan asks of the platform and costs.
 */
import { writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { commandOptions } from "../scripts/command-options.ts";
import { buildWorker } from "../scripts/wrangler.ts";
import { countOperations } from "./count.ts";
import { fillBlocks } from "./markdown.ts";
import {
  load,
  measure,
  type Measured,
  replay,
  type Scenario,
  type System,
} from "./measure-load.ts";
import { operationsReport } from "./operations-report.ts";
import { reportOf } from "./report.ts";
import { memoryOf, serve, start, stateRoot, tmpfs } from "./servers.ts";

const usage = `Usage: npm run bench -- [options]

  --rounds N         how often each figure is measured (default 5)
  --json FILE        write the results into a file
  --report FILE      write the results into a document, between its marks, and what was counted into
                     operations.json, which the simulation reads
  --operations-only  measure no times`;

const { values } = commandOptions(usage, {
  options: {
    rounds: { type: "string", default: "5" },
    json: { type: "string" },
    report: { type: "string" },
    "operations-only": { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError("--rounds has to be 1 or more");

const answers = (url: string) => fetch(url).then(Boolean, () => false);

/** With a model that answers at once. The last is for what is measured with every client waiting. */
const atOnce: Scenario[] = [
  { clients: 64, scans: 1_000, latencyMs: 0 },
  { clients: 1, scans: 100, latencyMs: 0 },
  { clients: 500, scans: 1_000, latencyMs: 0 },
];
/** With a model that takes two seconds, as real ones do at best. */
const slowly: Scenario[] = [
  { clients: 1, scans: 2, latencyMs: 2_000 },
  { clients: 64, scans: 128, latencyMs: 2_000 },
  { clients: 500, scans: 500, latencyMs: 2_000 },
];

async function measureAll(url: string, scenarios: readonly Scenario[]): Promise<Measured[]> {
  await load(url, 500, 32);
  const measured: Measured[] = [];
  for (const scenario of scenarios) {
    const { clients, latencyMs } = scenario;
    console.error(`${url}: ${clients} clients, model of ${latencyMs} ms`);
    measured.push(await measure(url, scenario, rounds));
  }
  return measured;
}

/** What the runtime takes for the road of a scan, whoever goes it: the objects and queues without us. */
async function measureBare(root: string): Promise<System> {
  await using server = await serve(
    root,
    "",
    await buildWorker("bench/bare/bare-worker.ts", "dist/bare"),
  );
  const measured = await measureAll(server.url, atOnce);
  return { system: "workerd alone, tmpfs", measured, memoryMiB: null, replay: null };
}

/** Our Worker, with its state in a folder of `root` and a model at `modelUrl`, or offline. */
async function measureOurs(
  system: string,
  root: string,
  scenarios: readonly Scenario[],
  modelUrl?: string,
): Promise<System> {
  await using server = await serve(root, modelUrl);
  const measured = await measureAll(server.url, scenarios);
  const memoryMiB = await memoryOf(server.pid);
  const replayed = await replay(server.url, await load(server.url, 100, 10));
  return { system, measured, memoryMiB, replay: replayed };
}

const modelOf = (latencyMs: number) => start("bench-model.ts", { LATENCY_MS: String(latencyMs) });

/** Ours with a model over HTTP, once for each latency of it. */
async function overHttp(system: string, root: string): Promise<System> {
  await using fast = await modelOf(0);
  const quick = await measureOurs(system, root, atOnce, fast.url);
  await using slow = await modelOf(2_000);
  const late = await measureOurs(system, root, slowly, slow.url);
  return { ...quick, measured: [...quick.measured, ...late.measured] };
}

const baselines = [
  { system: "Celery, RabbitMQ, Redis", url: "http://127.0.0.1:8901" },
  { system: "BullMQ, Redis", url: "http://127.0.0.1:8902" },
];
/** Where the baselines look for their model. */
const baselineModelPort = "9199";

async function measureBaseline({ system, url }: (typeof baselines)[number]): Promise<System> {
  const measured: Measured[] = [];
  for (const scenarios of [atOnce, slowly]) {
    const LATENCY_MS = String(scenarios[0]?.latencyMs);
    await using _ = await start("baseline-model.ts", { LATENCY_MS, PORT: baselineModelPort });
    measured.push(...(await measureAll(url, scenarios)));
  }
  return { system, measured, memoryMiB: null, replay: null };
}

async function measureSystems(): Promise<System[]> {
  const systems: System[] = [];
  if (tmpfs) {
    systems.push(await measureOurs("Eco² Edge, tmpfs, offline model", tmpfs, atOnce));
    systems.push(await measureBare(tmpfs));
    systems.push(await overHttp("Eco² Edge, tmpfs, model over HTTP", tmpfs));
  }
  systems.push(await measureOurs("Eco² Edge, disk, offline model", tmpdir(), atOnce.slice(0, 2)));
  for (const baseline of baselines) {
    if (await answers(baseline.url)) systems.push(await measureBaseline(baseline));
    else console.error(`${baseline.system} does not run at ${baseline.url}, and is left out.`);
  }
  return systems;
}

const systems = values["operations-only"] ? [] : await measureSystems();
console.error("Operations a scan");
const operations = await countOperations(stateRoot);

const at = new Date().toISOString();
const machine = `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`;
const method = `${at.slice(0, 10)}, ${machine}; times in ms, median (min–max) of ${rounds} rounds.`;
const blocks = {
  ...(systems.length > 0 ? { "npm run bench": reportOf(systems, method) } : {}),
  "npm run bench, operations": operationsReport(operations),
};
console.log(Object.values(blocks).join("\n\n"));
const asJson = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
if (values.json) {
  await writeFile(values.json, asJson({ at, machine, rounds, systems, operations }));
}
if (values.report) {
  await fillBlocks(values.report, blocks);
  await writeFile(join(import.meta.dirname, "operations.json"), asJson(operations));
}
