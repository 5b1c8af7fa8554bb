/** Seconds of a month of 365.25 / 12 days. */
const month = 2_629_800;
const million = 1_000_000;

/** What one scan uses, and what a unit costs in US dollars, beyond what the plan includes a month. */
interface Meter {
  name: string;
  perScan: (rate: number) => number;
  usd: number;
  included: number;
}

/** A photo, a model that is paid, a page that follows it to its end. docs/scale.md says what was counted. */
const scan = {
  requests: 5,
  cpuMs: 11,
  queueMessages: 3.6,
  objectCalls: 30,
  objectSeconds: 0.3,
  objectRows: 18,
  databaseRows: 47,
  /** Rows of metrics: each isolate writes its own each second, so that they weigh less the more there is. */
  metricRows: (rate: number) => (rate <= 10 ? 18 : rate <= 1_000 ? 3 : 0),
  rowsRead: 110,
  cacheReads: 1,
  cacheWrites: 1,
  points: 4,
  logEvents: 9,
  photoReads: 2,
  photoGb: 0.000_2,
  eventsKb: 2.8,
  historyKb: 2,
};
/** Days for which photos and events are kept. */
const keptDays = 30;
const daySeconds = 86_400;

/** Cloudflare's Workers Paid plan, from its documentation, November 2026. */
const meters: Meter[] = [
  { name: "Workers requests", perScan: () => scan.requests, usd: 0.3, included: 10 * million },
  { name: "Workers CPU, ms", perScan: () => scan.cpuMs, usd: 0.02, included: 30 * million },
  {
    name: "Queues, operations",
    perScan: () => scan.queueMessages * 3,
    usd: 0.4,
    included: million,
  },
  {
    name: "Durable Objects, requests",
    perScan: () => scan.objectCalls,
    usd: 0.15,
    included: million,
  },
  {
    name: "Durable Objects, GB-s",
    perScan: () => scan.objectSeconds * 0.128,
    usd: 12.5,
    included: 400_000,
  },
  {
    name: "Durable Objects, rows written",
    perScan: () => scan.objectRows,
    usd: 1,
    included: 50 * million,
  },
  {
    name: "D1, rows written",
    perScan: (rate) => scan.databaseRows + scan.metricRows(rate),
    usd: 1,
    included: 50 * million,
  },
  {
    name: "D1 and objects, rows read",
    perScan: () => scan.rowsRead,
    usd: 0.001,
    included: 25_000 * million,
  },
  { name: "KV, reads", perScan: () => scan.cacheReads, usd: 0.5, included: 10 * million },
  { name: "KV, writes", perScan: () => scan.cacheWrites, usd: 5, included: million },
  { name: "R2, writes (class A)", perScan: () => 1, usd: 4.5, included: million },
  {
    name: "R2, reads (class B)",
    perScan: () => scan.photoReads,
    usd: 0.36,
    included: 10 * million,
  },
  {
    name: "Analytics Engine, points",
    perScan: () => scan.points,
    usd: 0.25,
    included: 10 * million,
  },
  { name: "Workers Logs, events", perScan: () => scan.logEvents, usd: 0.6, included: 20 * million },
];

/** A month's bill at a steady rate: a line a meter, dearest first. US dollars. */
export function costOf(rate: number): { name: string; amount: number; usd: number }[] {
  const used = meters.map(({ name, perScan, usd, included }) => {
    const amount = perScan(rate) * rate * month;
    return { name, amount, usd: (Math.max(0, amount - included) / million) * usd };
  });
  const kept = rate * daySeconds * keptDays;
  const stored = [
    { name: "R2, GB of photos", amount: kept * scan.photoGb, each: 0.015 },
    {
      name: "D1, GB after a month",
      amount: (kept * (scan.eventsKb + scan.historyKb)) / million,
      each: 0.75,
    },
  ].map(({ name, amount, each }) => ({ name, amount, usd: amount * each }));
  return [...used, ...stored].toSorted((a, b) => b.usd - a.usd);
}

/** US dollars a month for models: about 5,000 tokens a scan, most of them read. */
export const modelCostOf = (
  rate: number,
  price: { input_usd: number; output_usd: number },
): number => ((4_300 * price.input_usd + 700 * price.output_usd) / million) * rate * month;
