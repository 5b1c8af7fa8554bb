import { table } from "./markdown.ts";
import type { Measured, System } from "./measure-load.ts";
import type { Figure } from "./statistics.ts";

const digits = (value: number) => (value < 10 ? value.toFixed(1) : String(Math.round(value)));
/** A median with its extremes. */
export const shown = (figure: Figure | null | undefined) =>
  figure ? `${digits(figure.median)} (${digits(figure.min)}–${digits(figure.max)})` : "";

const columns: Record<string, (it: Measured, reference: Measured | undefined) => string> = {
  "scans/s": (it) => shown(it.scansPerSecond),
  ratio: (it, reference) =>
    reference ? (it.scansPerSecond.median / reference.scansPerSecond.median).toFixed(2) : "",
  "end p50": (it) => shown(it.end?.p50),
  "end p95": (it) => shown(it.end?.p95),
  "end p99": (it) => shown(it.end?.p99),
  "accept p50": (it) => shown(it.accept?.p50),
  "accept p95": (it) => shown(it.accept?.p95),
  "hop to vision p95": (it) => shown(it.hops.vision?.p95),
  "hop to answer p95": (it) => shown(it.hops.answer?.p95),
  "frame p95": (it) => shown(it.frames?.p95),
  failed: (it) => String(it.failed),
};

/** What the systems did in one scenario, of those that were measured in it. */
const measuredIn = (systems: readonly System[], clients: number, latencyMs: number) =>
  systems.flatMap(({ system, measured }) =>
    measured
      .filter((it) => it.clients === clients && it.latencyMs === latencyMs)
      .map((it) => ({ system, it })),
  );

export const scenarioName = ({ clients, latencyMs }: Pick<Measured, "clients" | "latencyMs">) =>
  `${clients} client${clients === 1 ? "" : "s"}, ` +
  (latencyMs === 0 ? "a model that answers at once" : `a model of ${latencyMs} ms`);

/** One table a scenario: a row a system, its ratio to the first of them. */
function scenarioTable(systems: readonly System[], scenario: Measured): string {
  const found = measuredIn(systems, scenario.clients, scenario.latencyMs);
  const rows = found.map(({ system, it }) =>
    [system].concat(Object.values(columns).map((column) => column(it, found[0]?.it))),
  );
  return `**${scenarioName(scenario)}**\n\n${table(["system", ...Object.keys(columns)], rows)}`;
}

/** A bar chart that Markdown viewers draw (mermaid). */
function chart(title: string, unit: string, bars: readonly { name: string; value: number }[]) {
  return [
    "```mermaid",
    "xychart-beta horizontal",
    `  title "${title}"`,
    `  x-axis [${bars.map(({ name }) => `"${name}"`).join(", ")}]`,
    `  y-axis "${unit}"`,
    `  bar [${bars.map(({ value }) => digits(value)).join(", ")}]`,
    "```",
  ].join("\n");
}

/** The results as Markdown: tables with ratios, and plots. Times are ms, medians with their extremes. */
export function reportOf(systems: readonly System[], method: string): string {
  const scenarios = new Map(
    systems
      .flatMap(({ measured }) => measured)
      .toSorted((a, b) => a.latencyMs - b.latencyMs || a.clients - b.clients)
      .map((it) => [`${it.latencyMs} ${it.clients}`, it]),
  );
  const others = systems.flatMap(({ system, memoryMiB, replay }) => {
    if (memoryMiB === null) return [];
    const replayed = replay ? `${replay.events} in ${digits(replay.ms)}` : "";
    return [[system, digits(memoryMiB), replayed]];
  });
  const perSecond = measuredIn(systems, 64, 0).map(({ system, it }) => ({
    name: system,
    value: it.scansPerSecond.median,
  }));
  const late = measuredIn(systems, 500, 2_000).flatMap(({ system, it }) =>
    it.end ? [{ name: system, value: it.end.p95.median }] : [],
  );
  return [
    method,
    ...[...scenarios.values()].map((scenario) => scenarioTable(systems, scenario)),
    table(
      ["system", "memory after the load, MiB", "events replayed to reconnecting clients, ms"],
      others,
    ),
    chart("64 clients, a model that answers at once", "scans a second", perSecond),
    ...(late.length > 0
      ? [chart("500 clients, a model of 2 s: p95 from submit to done", "ms", late)]
      : []),
  ].join("\n\n");
}
