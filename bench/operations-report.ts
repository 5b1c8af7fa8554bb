import { table } from "./markdown.ts";
import {
  Counts,
  type Operation,
  operationNames,
  type Operations,
  type Tally,
  total,
} from "./operations.ts";
import { type Meter, meters, planUsd, prices, readOn } from "./prices.ts";
import { costOfMillion, includedText, type Usage, usageOfRun, usdOfMillion } from "./scan-cost.ts";
import { fewestSteps, usageOnWorkflows } from "./workflows.ts";

const digits = (value: number) =>
  value >= 100
    ? Math.round(value).toLocaleString("en")
    : String(Number(value.toFixed(value >= 10 ? 1 : 2)));
const dollars = (value: number) => value.toFixed(2);

/** What makes up a count, most first; what does not show in it is left out. */
const madeOf = (tally: Tally) =>
  Object.entries(tally)
    .filter(([, count]) => count >= 0.005)
    .map(([name, count]) => `${name} ${digits(count)}`)
    .join(", ");

function operationsTable({ perScan, alone }: Operations): string {
  const row = (name: Operation) => [
    Counts.shape[name].description ?? name,
    digits(total(perScan[name])),
    digits(total(alone.first[name])),
    digits(total(alone.again[name])),
    madeOf(perScan[name]),
  ];
  const head = ["what", "a scan", "alone, a new user's", "alone, once more", "of the first"];
  return table(head, operationNames.map(row));
}

/** Both ways side by side, dearest first. */
function costTable(ours: Usage, workflows: Usage): string {
  const largest = (meter: Meter) =>
    Math.max(usdOfMillion(ours, meter), usdOfMillion(workflows, meter));
  const rows = meters
    .filter((meter) => largest(meter) > 0)
    .toSorted((a, b) => largest(b) - largest(a))
    .map((meter) => [
      prices[meter].name,
      String(prices[meter].usd),
      digits(ours[meter]),
      dollars(usdOfMillion(ours, meter)),
      digits(workflows[meter]),
      dollars(usdOfMillion(workflows, meter)),
    ]);
  const sums = [ours, workflows].flatMap((usage) => ["", `**${dollars(costOfMillion(usage))}**`]);
  return table(
    ["meter", "$ a million units", "Eco² Edge, a scan", "$", "as a Workflow, a scan", "$"],
    [...rows, ["**together**", "", ...sums]],
  );
}

/** What a scan asks of the platform, and what a million of them cost, as Markdown. */
export function operationsReport(operations: Operations): string {
  const ours = usageOfRun(operations);
  const workflows = usageOnWorkflows(operations);
  const fewest = costOfMillion({ ...workflows, workflowSteps: fewestSteps });
  const { at, scans, newUsers, scansPerSecond } = operations;
  const method = `${at.slice(0, 10)}, counted over ${scans} scans at ${digits(scansPerSecond)}/s, ${Math.round(newUsers * 100)} % of them by new users; a photo, a model over HTTP that writes its answer as slowly as somebody types, the stream to its end, the result, and what is deleted hours later.`;
  return [
    "**Operations a scan**",
    method,
    operationsTable(operations),
    "**Cost of a million scans, US dollars**",
    costTable(ours, workflows),
    `List prices of Workers Paid, ${readOn}, with nothing that the plan includes. Its $${planUsd} include ${includedText(ours)}; as a Workflow, ${includedText(workflows)}. As a Workflow of ${fewestSteps} steps, one for what crosses a queue here, a million cost $${dollars(fewest)}. Models are not in it: they cost several times as much.`,
  ].join("\n\n");
}
