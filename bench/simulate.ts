/**
 * `npm run simulate`: how the pipeline's queues, consumers and databases would carry so many scans a
 * second on Cloudflare, with today's layout and with the shards that it would need. Each run
 * gives the same tables. docs/scale.md says what is measured and what is assumed.
 */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { commandOptions, endWith, wrongUsage } from "../scripts/command-options.ts";
import catalog from "../src/models/catalog.json" with { type: "json" };
import { table, withBlocks } from "./markdown.ts";
import { type Result, rounded, simulate, verdictOf } from "./pipeline-simulation.ts";
import { costTable, planTable } from "./scale-cost.ts";
import {
  assumptions,
  batchSeconds,
  currentLayout,
  databaseCapacity,
  hopCapacity,
  type Layout,
  layoutFor,
  partsOf,
  readProject,
} from "./scale-layout.ts";

const usage = `Usage: npm run simulate -- [options]

  --rate N   scans a second; may be given again (default 10, 1000, 100000)
  --report F write the costs into a document, between its marks; may be given again`;

const options = commandOptions(
  usage,
  () =>
    parseArgs({
      options: {
        rate: { type: "string", multiple: true, default: ["10", "1000", "100000"] },
        report: { type: "string", multiple: true, default: [] },
        help: { type: "boolean" },
      },
    }).values,
);
const rates = options.rate.map(Number);
if (rates.some((rate) => !(rate > 0))) endWith(wrongUsage, usage);

/** Scans that one run simulates at most; more change nothing. */
const mostScans = 1_000_000;
const project = await readProject();

function run(rate: number, layout: Layout): Result {
  const seconds = Math.min(60, mostScans / (rate / partsOf(layout))) / 2;
  return simulate({ project, layout, rate, seed: 1, warmUpSeconds: seconds, seconds });
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
function time(seconds: number): string {
  if (seconds < 0.000_5) return "0";
  return seconds < 1 ? `${Math.round(seconds * 1_000)} ms` : `${rounded(seconds)} s`;
}

const head = ["part", "shards", "each, 1/s", "places in use", "load", "wait p50", "wait p95"];

function runText(title: string, rate: number, layout: Layout, result: Result): string {
  const { hops, events, saves, databases, metricsInDatabase } = layout;
  const { stations, endToEnd, modelCalls } = result;
  const isBroken = stations.some((it) => verdictOf(it).startsWith("breaks"));
  const queues = project.hops.map(({ name }, place) => `${name} ${hops[place]}`).join(", ");
  return [
    `${title}. queues: ${queues}, events ${events}, ownership ${saves}, characters ${saves}; D1 databases: ${databases}; metrics: ${metricsInDatabase ? "in D1" : "in Analytics Engine alone"}.`,
    table(
      [...head, "verdict"],
      stations.map((it) => [
        it.name,
        String(it.shards),
        rounded(it.perSecond),
        percent(it.utilisation),
        percent(it.load),
        time(it.p50),
        time(it.p95),
        verdictOf(it),
      ]),
    ),
    `${rate.toLocaleString("en")} scans/s: ${modelCalls.toLocaleString("en")} model calls at once. ${
      isBroken
        ? "The backlog grows for as long as this lasts, and waits with it."
        : `From submit to the last stage: p50 ${time(endToEnd.p50)}, p95 ${time(endToEnd.p95)}, p99 ${time(endToEnd.p99)}.`
    }\n`,
  ].join("\n\n");
}

for (const hop of project.hops) {
  console.log(
    `A queue of ${hop.name} carries ${Math.round(hopCapacity(hop))}/s: ${assumptions.consumers} batches of ${hop.batch.size}, ${batchSeconds(hop).toFixed(1)} s each. There are ${hop.shards}.`,
  );
}
console.log(`A database carries ${Math.round(databaseCapacity(project))}/s.\n`);
for (const rate of rates) {
  console.log(`## ${rate.toLocaleString("en")} scans a second\n`);
  const layout = currentLayout(project);
  const today = run(rate, layout);
  console.log(runText("As built", rate, layout, today));
  if (today.stations.every((it) => verdictOf(it) === "carries it")) continue;
  const sharded = layoutFor(rate, project);
  console.log(runText("With shards", rate, sharded, run(rate, sharded)));
}

const shownModels = new Set(["gpt-5.2", "gpt-5-mini", "gemini-2.5-flash-lite"]);
const models = catalog.models.filter(({ name }) => shownModels.has(name));
const blocks = {
  "npm run simulate, cost": costTable(rates, models),
  "npm run simulate, plans": planTable(),
};
console.log(`## Cost\n\n${Object.values(blocks).join("\n\n")}`);
for (const file of options.report) {
  await writeFile(file, withBlocks(await readFile(file, "utf8"), blocks));
}
