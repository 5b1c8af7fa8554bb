/**
 * `npm run bench`: what the built Worker does in one run, beside what people would pick instead, and what a
 * scan asks of the platform and costs. With `--against`, beside another build of it.
 */
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import {
  assertFile,
  commandOptions,
  positiveInteger,
  refuseUsage,
} from "../scripts/command-options.ts";
import { buildMeasured } from "./build-measured.ts";
import { countOperations } from "./count.ts";
import { fillBlocks } from "./markdown.ts";
import type { Scenario, System } from "./measure-load.ts";
import { measurePair } from "./measure-pair.ts";
import { measureSystem } from "./measure-system.ts";
import { operationsReport } from "./operations-report.ts";
import { otherBuild } from "./other-build.ts";
import { pairReport } from "./pair-report.ts";
import { reportOf } from "./report.ts";
import { readSystems, type Results, withEarlier } from "./results.ts";
import { atOnce } from "./scenarios.ts";
import { serve, stateRoot } from "./servers.ts";
import { candidates } from "./systems.ts";

const usage = `Usage: npm run bench -- [options]

  --rounds N         how often each figure is measured (default 5)
  --systems A,B      measure these alone: ${Object.keys(candidates).join(", ")}
  --clients N,M      measure with so many clients alone (of 1, 64, 500)
  --against BUILD    measure this build and another in turns, and nothing else: a commit, or a
                     checkout's folder with a built Worker
  --json FILE        keep the results in a file; what earlier runs left there is reported, too
  --report FILE      write the results into a document, between its marks, and what was counted into
                     operations.json, which the simulation reads
  --times-only       count no operations
  --operations-only  measure no times`;

const { values } = commandOptions(usage, {
  options: {
    rounds: { type: "string", default: "5" },
    systems: { type: "string", default: Object.keys(candidates).join() },
    clients: { type: "string", default: "1,64,500" },
    against: { type: "string" },
    json: { type: "string" },
    report: { type: "string" },
    "times-only": { type: "boolean", default: false },
    "operations-only": { type: "boolean", default: false },
  },
});
const rounds = positiveInteger(usage, "rounds", values.rounds);
const clients = new Set(
  values.clients.split(",").map((it) => positiveInteger(usage, "clients", it)),
);
const chosen = new Set(values.systems.split(","));
const unknown = [...chosen].filter((name) => !candidates[name]);
if (unknown.length > 0) refuseUsage(usage, `No system is named ${unknown.join()}.`);
assertFile(usage, "report", values.report, "write");
const isMeasured = (scenario: Scenario) => clients.has(scenario.clients);

const at = new Date().toISOString();
const machine = `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`;
const method = `${at.slice(0, 10)}, ${machine}; times in ms, median (min–max) of ${rounds} rounds.`;
const asJson = (value: object) => `${JSON.stringify(value, null, 2)}\n`;

async function measureSystems(): Promise<System[]> {
  const systems: System[] = [];
  for (const [name, candidate] of Object.entries(candidates)) {
    const scenarios = candidate.scenarios.filter(isMeasured);
    if (!chosen.has(name) || scenarios.length === 0) continue;
    const measured = await measureSystem({ ...candidate, scenarios }, rounds);
    if (measured) systems.push(measured);
    else console.error(`${candidate.system} is left out.`);
  }
  return systems;
}

async function measureAgainst(named: string): Promise<string> {
  await using other = await otherBuild(named);
  await using before = await serve(stateRoot, { checkout: other.folder });
  await using server = await serve(stateRoot);
  const pair = await measurePair(
    [
      { name: "this build", server },
      { name: other.name, server: before },
    ],
    atOnce.filter(isMeasured),
    rounds,
  );
  return pairReport(pair, method);
}

/** The blocks of the report, by their marks. */
async function blocksOf(): Promise<Record<string, string>> {
  if (values.against) {
    return { "npm run bench, against": await measureAgainst(values.against) };
  }
  const blocks: Record<string, string> = {};
  if (!values["operations-only"]) {
    const earlier = values.json ? await readSystems(values.json) : [];
    const order = Object.values(candidates).map(({ system }) => system);
    const systems = withEarlier(earlier, await measureSystems(), order);
    const results: Results = { at, machine, rounds, systems };
    if (values.json) await writeFile(values.json, asJson(results));
    blocks["npm run bench"] = reportOf(systems, method);
  }
  if (!values["times-only"]) {
    console.error("Operations a scan");
    const operations = await countOperations(stateRoot);
    if (values.report) {
      await writeFile(join(import.meta.dirname, "operations.json"), asJson(operations));
    }
    blocks["npm run bench, operations"] = operationsReport(operations);
  }
  return blocks;
}

buildMeasured();
const blocks = await blocksOf();
console.log(Object.values(blocks).join("\n\n"));
if (values.report) await fillBlocks(values.report, blocks);
