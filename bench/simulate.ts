/**
 * `npm run simulate`: what the pipeline's queues, consumers and databases would carry on Cloudflare, with
 * today's layout and with the shards that a rate needs, and what that costs. Each run gives the same tables.
 * docs/scale.md says what is measured and what is assumed.
 */
import { assertFile, commandOptions, positiveNumber } from "../scripts/command-options.ts";
import {
  assumptions,
  batchTimes,
  capacityAt,
  currentLayout,
  databaseCapacity,
  queueCapacity,
  type Layout,
  layoutFor,
  type Part,
  readProject,
  rounded,
  verdictOf,
} from "./capacity.ts";
import { fillBlocks, table } from "./markdown.ts";
import { costTable, planTable } from "./scale-cost.ts";

const usage = `Usage: npm run simulate -- [options]

  --rate N   scans a second; may be given again (default 10, 1000, 100000)
  --report F write the costs into a document, between its marks; may be given again`;

const { values: options } = commandOptions(usage, {
  options: {
    rate: { type: "string", multiple: true, default: ["10", "1000", "100000"] },
    report: { type: "string", multiple: true, default: [] },
  },
});
const rates = options.rate.map((rate) => positiveNumber(usage, "rate", rate));
for (const file of options.report) assertFile(usage, "report", file, "write");

const project = await readProject();
const isBroken = (part: Part) => verdictOf(part).startsWith("breaks");
const time = (seconds: number) =>
  seconds < 1 ? `${Math.round(seconds * 1_000)} ms` : `${rounded(seconds)} s`;

function waitText(part: Part): string {
  if (part.p95 === undefined) return "";
  return isBroken(part) ? "grows" : time(part.p95);
}

/** Prints what a layout does at a rate. Returns whether it carries the rate. */
function print(title: string, rate: number, layout: Layout): boolean {
  const { parts, carried, modelCalls, endToEnd } = capacityAt(rate, project, layout);
  const rows = parts.map((it) => [
    it.name,
    String(it.shards),
    rounded(it.perSecond),
    rounded(it.capacity),
    `${Math.round((it.perSecond / it.capacity) * 100)} %`,
    waitText(it),
    verdictOf(it),
  ]);
  const isCarried = !parts.some(isBroken);
  const ends = Object.entries(endToEnd ?? {}).map(([name, seconds]) => `${name} ${time(seconds)}`);
  console.log(
    [
      `${title}, with metrics ${layout.metricsInDatabase ? "in D1" : "in Analytics Engine alone"}.`,
      table(["part", "shards", "each, 1/s", "carries, 1/s", "load", "wait p95", "verdict"], rows),
      `${rounded(modelCalls)} model calls at once. ${
        isCarried
          ? `From submit to the last stage: ${ends.join(", ")}.`
          : `${rounded(carried)} scans a second pass all stages; the backlog grows for as long as the rate lasts.`
      }\n`,
    ].join("\n\n"),
  );
  return isCarried;
}

for (const { name, size, shards } of project.hops) {
  console.log(
    `A queue of ${name} carries ${rounded(queueCapacity(size))}/s: ${assumptions.consumers} batches of ${size}, ${batchTimes(size).batch.toFixed(1)} s each. Each stage has ${shards}.`,
  );
}
console.log(`A database carries ${rounded(databaseCapacity(project))}/s.\n`);
for (const rate of rates) {
  console.log(`## ${rate.toLocaleString("en")} scans a second\n`);
  if (print("As built", rate, currentLayout(project))) continue;
  print("With shards", rate, layoutFor(rate, project));
}

const blocks = {
  "npm run simulate, cost": costTable(rates),
  "npm run simulate, plans": planTable(),
};
console.log(`## Cost\n\n${Object.values(blocks).join("\n\n")}`);
for (const file of options.report) await fillBlocks(file, blocks);
