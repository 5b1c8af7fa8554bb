import catalog from "../src/models/catalog.json" with { type: "json" };
import { table } from "./markdown.ts";
import counted from "./operations.json" with { type: "json" };
import { Operations, total } from "./operations.ts";
import { meters, planUsd, prices, storagePrices } from "./prices.ts";
import { costOfMillion, includedText, type Usage, usageOf, usageOfRun } from "./scan-cost.ts";

/** Seconds of a month of 365.25 / 12 days, and of the 30 days for which photos and events are stored. */
const month = 2_629_800;
const retention = 30 * 86_400;
/** Scans a second of a small service. */
const smallRate = 0.14;
/**
 * What a scan leaves in storage, GB: a photo; its events, in D1 for two days and in R2 then; the head of its job in
 * D1, for fifteen days on average; and its row of the history. docs/scale.md says what was measured.
 */
const stored = { photo: 0.000_2, events: 0.000_001_7, head: 0.000_000_07, history: 0.000_000_25 };
const eventsInDatabase = 2.5 * 86_400;
const headsInDatabase = 15 * 86_400;
/** D1's size at a steady rate, GB. It does not grow. */
export const databaseSize = (rate: number): number =>
  rate * (stored.events * eventsInDatabase + stored.head * headsInDatabase);
/** Tokens of a scan. */
const tokens = { input: 4_300, output: 700 };
const shownModels = new Set(["gpt-5.2", "gpt-5-mini", "gemini-2.5-flash-lite"]);
const models = catalog.models.filter(({ name }) => shownModels.has(name));

/** What a run of scans came to, as the benchmark counted it. */
export const operations = Operations.parse(counted);
const usage = usageOfRun(operations);
const metricRowsOfRun = total(operations.perScan.databaseRowsWritten, (name) =>
  name.startsWith("metric_"),
);
/** Rows of metrics a scan: an isolate writes its own once a second, however many scans they sum up. */
const metricRows = (rate: number) => (rate <= 10 ? 18 : rate <= 1_000 ? 3 : 0);

/** A scan's use at a rate. */
export const usageAt = (rate: number): Usage => ({
  ...usage,
  databaseRowsWritten: usage.databaseRowsWritten - metricRowsOfRun + metricRows(rate),
});

/** A month's bill at a steady rate: a line a meter, dearest first. US dollars. */
export function costOf(rate: number): { name: string; usd: number }[] {
  const used = usageAt(rate);
  const scans = rate * retention;
  return [
    ...meters
      .filter((meter) => used[meter] > 0)
      .map((meter) => {
        const { name, usd, included } = prices[meter];
        return { name, usd: (Math.max(0, used[meter] * rate * month - included) / 1e6) * usd };
      }),
    { name: "R2, GB of photos", usd: scans * stored.photo * storagePrices.photos },
    { name: "R2, GB of events after a month", usd: scans * stored.events * storagePrices.photos },
    {
      name: "Durable Objects, GB of history after a month",
      usd: scans * stored.history * storagePrices.objects,
    },
    { name: "D1, GB", usd: databaseSize(rate) * storagePrices.database },
  ].toSorted((a, b) => b.usd - a.usd);
}

/** Bills of a month, a column a rate, as a table of Markdown. */
export function costTable(rates: readonly number[]): string {
  const row = (name: string, usdOf: (rate: number) => number) => [
    name,
    ...rates.map((rate) => `$${Math.round(usdOf(rate)).toLocaleString("en")}`),
  ];
  return table(
    ["US dollars a month", ...rates.map((rate) => `${rate.toLocaleString("en")}/s`)],
    [
      ...costOf(Math.max(...rates)).map(({ name }) =>
        row(name, (rate) => costOf(rate).find((it) => it.name === name)?.usd ?? 0),
      ),
      row("**Cloudflare, with the plan's $5**", (rate) =>
        costOf(rate).reduce((sum, { usd }) => sum + usd, planUsd),
      ),
      ...models.map(({ name, input_usd, output_usd }) => {
        const usd = (tokens.input * input_usd + tokens.output * output_usd) / 1e6;
        return row(`Model: ${name}`, (rate) => usd * rate * month);
      }),
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
  const head = ["meter", "a scan", "alone, a new user's", "Free, a day"];
  head.push("scans a day it is enough for", "Paid, included a month", "then, $ a million");
  const cents = Math.round(costOfMillion(used) / 10);
  return [
    table(head, rows),
    `The $${planUsd} include some ${includedText(used)}, and once all that is included is used up a thousand scans cost ${cents} cents.`,
  ].join("\n\n");
}
