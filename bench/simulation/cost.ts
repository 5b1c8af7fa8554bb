import { type Usage, usageOfRun } from "../cost.ts";
import counted from "../operations.json" with { type: "json" };
import { Operations, total } from "../operations.ts";
import { meters, prices, storagePrices } from "../prices.ts";

/** Seconds of a month of 365.25 / 12 days. */
const month = 2_629_800;
const million = 1_000_000;

/** What a run of scans came to, as the benchmark counted it. */
export const operations = Operations.parse(counted);
const usage = usageOfRun(operations);

const isOfMetrics = (table: string) => table.startsWith("metric_");
const metricRowsOfRun = total(operations.perScan.databaseRowsWritten, isOfMetrics);
/** Rows of metrics a scan: each isolate writes its own each second, so that they weigh less the more there is. */
const metricRows = (rate: number) => (rate <= 10 ? 18 : rate <= 1_000 ? 3 : 0);

/** A scan's use at a rate. */
export const usageAt = (rate: number): Usage => ({
  ...usage,
  databaseRowsWritten: usage.databaseRowsWritten - metricRowsOfRun + metricRows(rate),
});

/** What a scan leaves in storage: a photo, GB, and rows of D1, KB. docs/scale.md says what was measured. */
const stored = { photoGb: 0.000_2, eventsKb: 2.5, historyKb: 1.5 };
/** Days for which photos and events are kept. */
const keptDays = 30;
const daySeconds = 86_400;

/** A month's bill at a steady rate: a line a meter, dearest first. US dollars. */
export function costOf(rate: number): { name: string; amount: number; usd: number }[] {
  const used = usageAt(rate);
  const lines = meters.flatMap((meter) => {
    const { name, usd, included } = prices[meter];
    const amount = used[meter] * rate * month;
    return amount > 0
      ? [{ name, amount, usd: (Math.max(0, amount - included) / million) * usd }]
      : [];
  });
  const kept = rate * daySeconds * keptDays;
  const photos = kept * stored.photoGb;
  const database = (kept * (stored.eventsKb + stored.historyKb)) / million;
  return [
    ...lines,
    { name: "R2, GB of photos", amount: photos, usd: photos * storagePrices.photos },
    { name: "D1, GB after a month", amount: database, usd: database * storagePrices.database },
  ].toSorted((a, b) => b.usd - a.usd);
}

/** US dollars a month for models: about 5,000 tokens a scan, most of them read. */
export const modelCostOf = (
  rate: number,
  price: { input_usd: number; output_usd: number },
): number => ((4_300 * price.input_usd + 700 * price.output_usd) / million) * rate * month;
