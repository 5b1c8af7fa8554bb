/**
 * `npm run simulate`: how the pipeline's queues, consumers and databases would carry so many scans a
 * second on Cloudflare, as it is built and with the shards that it would need. The same seed gives the
 * same tables. docs/scale.md says what is measured and what is assumed.
 */
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import catalog from "../src/models/catalog.json" with { type: "json" };
import { withBlocks } from "./markdown.ts";
import { batchSeconds, databaseCapacity, hopCapacity, layoutFor } from "./simulation/capacity.ts";
import { built } from "./simulation/consumers.ts";
import { asBuilt, type Layout, partsOf } from "./simulation/layout.ts";
import { parameters } from "./simulation/parameters.ts";
import { planTable } from "./simulation/plan-table.ts";
import { type Result, simulate } from "./simulation/system.ts";
import { costTable, layoutText, runTable, trouble } from "./simulation/tables.ts";

const usage = `Usage: npm run simulate -- [options]

  --rate N   scans a second; may be given again (default 10, 1000, 100000)
  --seed N   another run of chance (default 1)
  --json     print the results as JSON
  --report F write the costs into a document, between its marks; may be given again`;

function readArguments() {
  try {
    return parseArgs({
      options: {
        rate: { type: "string", multiple: true, default: ["10", "1000", "100000"] },
        seed: { type: "string", default: "1" },
        json: { type: "boolean", default: false },
        report: { type: "string", multiple: true, default: [] },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    console.error(`${String(error)}\n\n${usage}`);
    return process.exit(2);
  }
}

const options = readArguments();
const rates = options.rate.map(Number);
const seed = Number(options.seed);
const isWrong = rates.some((rate) => !(rate > 0)) || !Number.isInteger(seed);
if (options.help || isWrong) {
  console.error(usage);
  process.exit(options.help ? 0 : 2);
}

/** As many scans as are simulated in one run; more tell nothing new. */
const mostScans = 1_000_000;

const project = await built();

function run(rate: number, layout: Layout): Result {
  const seconds = Math.min(60, mostScans / (rate / partsOf(layout)));
  const lengths = { warmUpSeconds: seconds / 2, seconds: seconds / 2 };
  return simulate({ built: project, layout, parameters, rate, seed, ...lengths });
}

const results = rates.map((rate) => {
  const today = asBuilt(project);
  const needed = layoutFor(rate, project, parameters);
  return { rate, today, asBuilt: run(rate, today), needed, withShards: run(rate, needed) };
});

const told = new Set(["gpt-5.2", "gpt-5-mini", "gemini-2.5-flash-lite"]);
const costs = costTable(
  rates,
  catalog.models.filter(({ name }) => told.has(name)),
);

if (options.json) {
  console.log(JSON.stringify(results));
} else {
  const names = project.hops.map(({ name }) => name);
  for (const { name, batch, deadlineSeconds, shards } of project.hops) {
    const each = Math.round(hopCapacity({ batch, deadlineSeconds }, parameters));
    const seconds = batchSeconds(batch.size, deadlineSeconds, parameters).toFixed(1);
    console.log(
      `A queue of ${name} carries ${each}/s: ${parameters.consumers} batches of ${batch.size}, ${seconds} s each. There are ${shards}.`,
    );
  }
  console.log(`A database carries ${Math.round(databaseCapacity(project, parameters))}/s.\n`);
  for (const { rate, today, asBuilt: before, needed, withShards } of results) {
    console.log(`## ${rate.toLocaleString("en")} scans a second\n`);
    console.log(`As built. ${layoutText(today, names)}.\n\n${runTable(rate, before)}\n`);
    if (!before.stations.some(trouble)) continue;
    console.log(`With shards. ${layoutText(needed, names)}.\n\n${runTable(rate, withShards)}\n`);
  }
  console.log(`## Cost\n\n${costs}\n\n${planTable()}`);
}
for (const file of options.report) {
  const blocks = { "npm run simulate, cost": costs, "npm run simulate, plans": planTable() };
  await writeFile(file, withBlocks(await readFile(file, "utf8"), blocks));
}
