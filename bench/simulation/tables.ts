import { costOf, modelCostOf } from "./cost.ts";
import type { Layout } from "./layout.ts";
import { planUsd } from "../prices.ts";
import { planned } from "./capacity.ts";
import type { Result } from "./system.ts";
import type { StationResult } from "./stations-told.ts";

/** A part that is used more than this has no room for a burst; more than that, none at all. */
const full = 0.95;

/** What keeps a part from carrying its share; null when nothing does. */
export function trouble({ load, refusedPerSecond }: StationResult): string | null {
  if (refusedPerSecond > 0) return `breaks: refuses ${round(refusedPerSecond)}/s`;
  if (load >= full) return "breaks: falls behind";
  return load > planned ? "no room for a burst" : null;
}

const round = (value: number) =>
  value >= 100 ? Math.round(value).toLocaleString("en") : String(Number(value.toPrecision(2)));

const time = (seconds: number) =>
  seconds < 0.000_5
    ? "0"
    : seconds < 1
      ? `${Math.round(seconds * 1_000)} ms`
      : `${round(seconds)} s`;

const row = (cells: readonly (string | number)[]) => `| ${cells.join(" | ")} |`;

/** One run as a table of Markdown. */
export function runTable(rate: number, { stations, endToEnd, modelCalls }: Result): string {
  const broken = stations.filter((it) => trouble(it)?.startsWith("breaks"));
  const told = `${rate.toLocaleString("en")} scans/s: ${modelCalls.toLocaleString("en")} model calls at once.`;
  return [
    row([
      "part",
      "shards",
      "each, 1/s",
      "places in use",
      "load",
      "wait p50",
      "wait p95",
      "verdict",
    ]),
    row(Array.from({ length: 8 }, () => "---")),
    ...stations.map((it) =>
      row([
        it.name,
        it.shards,
        round(it.perSecond),
        percent(it.utilisation),
        percent(it.load),
        time(it.p50),
        time(it.p95),
        trouble(it) ?? "carries it",
      ]),
    ),
    "",
    broken.length > 0
      ? `${told} The backlog grows for as long as this lasts, and waits with it.`
      : `${told} From submit to the last stage: p50 ${time(endToEnd.p50)}, p95 ${time(endToEnd.p95)}, p99 ${time(endToEnd.p99)}.`,
  ].join("\n");
}

const percent = (share: number) => `${Math.round(share * 100)} %`;

/** How often each part is there, in words. */
export const layoutText = (layout: Layout, names: readonly string[]) =>
  [
    `queues: ${names.map((name, place) => `${name} ${layout.hops[place]}`).join(", ")}, events ${layout.events}, ownership ${layout.saves}, characters ${layout.saves}`,
    `D1 databases: ${layout.databases}`,
    `control objects: ${layout.controls}`,
    `metrics: ${layout.metricsInDatabase ? "in D1" : "in Analytics Engine alone"}`,
  ].join("; ");

/** A model of the catalog, with what a million tokens cost. */
interface Priced {
  name: string;
  input_usd: number;
  output_usd: number;
}

const dollars = (usd: number) => `$${Math.round(usd).toLocaleString("en")}`;

const total = (rate: number) => costOf(rate).reduce((sum, { usd }) => sum + usd, planUsd);

/** Bills of a month, a column a rate, as a table of Markdown. */
export function costTable(rates: readonly number[], models: readonly Priced[]): string {
  const bills = rates.map((rate) => ({ rate, lines: costOf(rate) }));
  const [dearest] = bills.toSorted((a, b) => b.rate - a.rate);
  const line = (name: string, usdOf: (rate: number) => number) =>
    row([name, ...rates.map((rate) => dollars(usdOf(rate)))]);
  return [
    row(["US dollars a month", ...rates.map((rate) => `${rate.toLocaleString("en")}/s`)]),
    row(["---", ...rates.map(() => "---")]),
    ...(dearest?.lines ?? []).map(({ name }) =>
      line(name, (rate) => costOf(rate).find((it) => it.name === name)?.usd ?? 0),
    ),
    line("**Cloudflare, with the plan's $5**", total),
    ...models.map((model) => line(`Model: ${model.name}`, (rate) => modelCostOf(rate, model))),
  ].join("\n");
}
