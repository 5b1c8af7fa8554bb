import {
  costOfMillion,
  includedScans,
  sumOf,
  type Usage,
  usageOf,
  usageOfRun,
} from "./scan-cost.ts";
import { table } from "./markdown.ts";
import counted from "./operations.json" with { type: "json" };
import { Operations, total } from "./operations.ts";
import { meters, planUsd, prices, storagePrices } from "./prices.ts";

/** Seconds of a month of 365.25 / 12 days. */
const month = 2_629_800;
const million = 1_000_000;
/** Scans a second of a small service. */
const smallRate = 0.14;

/** What a run of scans came to, as the benchmark counted it. */
export const operations = Operations.parse(counted);
const usage = usageOfRun(operations);

const isOfMetrics = (name: string) => name.startsWith("metric_");
const metricRowsOfRun = total(operations.perScan.databaseRowsWritten, isOfMetrics);
/** Rows of metrics a scan: an isolate writes its own once a second, however many scans they sum up. */
const metricRows = (rate: number) => (rate <= 10 ? 18 : rate <= 1_000 ? 3 : 0);

/** A scan's use at a rate. */
export const usageAt = (rate: number): Usage => ({
  ...usage,
  databaseRowsWritten: usage.databaseRowsWritten - metricRowsOfRun + metricRows(rate),
});

/** What a scan leaves in storage: a photo, GB, and rows of D1, KB. docs/scale.md says what was measured. */
const stored = { photoGb: 0.000_2, databaseKb: 4 };
/** Seconds for which photos and events are stored: 30 days. */
const retention = 30 * 86_400;

/** A month's bill at a steady rate: a line a meter, dearest first. US dollars. */
export function costOf(rate: number): { name: string; usd: number }[] {
  const used = usageAt(rate);
  const lines = meters.map((meter) => {
    const { name, usd, included } = prices[meter];
    return { name, usd: (Math.max(0, used[meter] * rate * month - included) / million) * usd };
  });
  const scans = rate * retention;
  return [
    ...lines.filter((_, place) => used[meters[place] ?? "requests"] > 0),
    { name: "R2, GB of photos", usd: scans * stored.photoGb * storagePrices.photos },
    {
      name: "D1, GB after a month",
      usd: ((scans * stored.databaseKb) / million) * storagePrices.database,
    },
  ].toSorted((a, b) => b.usd - a.usd);
}

/** A model of the catalog, with what a million tokens cost. */
interface PricedModel {
  name: string;
  input_usd: number;
  output_usd: number;
}

/** US dollars a month for a model: about 5,000 tokens a scan, most of them read. */
const modelCostOf = (rate: number, { input_usd, output_usd }: PricedModel): number =>
  ((4_300 * input_usd + 700 * output_usd) / million) * rate * month;

const dollars = (usd: number) => `$${Math.round(usd).toLocaleString("en")}`;

/** Bills of a month, a column a rate, as a table of Markdown. */
export function costTable(rates: readonly number[], models: readonly PricedModel[]): string {
  const row = (name: string, usdOf: (rate: number) => number) => [
    name,
    ...rates.map((rate) => dollars(usdOf(rate))),
  ];
  const all = (rate: number) => costOf(rate).reduce((sum, { usd }) => sum + usd, planUsd);
  return table(
    ["US dollars a month", ...rates.map((rate) => `${rate.toLocaleString("en")}/s`)],
    [
      ...costOf(Math.max(...rates)).map(({ name }) =>
        row(name, (rate) => costOf(rate).find((it) => it.name === name)?.usd ?? 0),
      ),
      row("**Cloudflare, with the plan's $5**", all),
      ...models.map((model) => row(`Model: ${model.name}`, (rate) => modelCostOf(rate, model))),
    ],
  );
}

const digits = (value: number) =>
  Number(value.toPrecision(value < 1 ? 1 : 2)).toLocaleString("en", { maximumFractionDigits: 3 });
const whole = (value: number) => value.toLocaleString("en");

/** What a scan uses of each meter, with others in its batches and with none, and what plans include. */
export function planTable(): string {
  const used = usageAt(smallRate);
  const alone = usageOf(operations.alone.first, operations.cpuMs);
  const head = [
    "meter",
    "a scan",
    "alone, a new user's",
    "Free, a day",
    "scans a day it is enough for",
    "Paid, included a month",
    "then, $ a million",
  ];
  const rows = meters
    .filter((meter) => used[meter] > 0)
    .map((meter) => {
      const { name, usd, included, freeADay } = prices[meter];
      return [
        name,
        digits(used[meter]),
        digits(alone[meter]),
        freeADay === null ? "" : whole(freeADay),
        freeADay === null ? "" : digits(freeADay / alone[meter]),
        whole(included),
        String(usd),
      ];
    });
  const { scans, meter } = includedScans(used);
  const thousand = sumOf(costOfMillion(used)) / 1_000;
  return [
    table(head, rows),
    `The $${planUsd} include some ${digits(scans)} scans a month (${prices[meter].name} are used up first), and once all that is included is used up a thousand scans cost ${Math.round(thousand * 100)} cents.`,
  ].join("\n\n");
}
