import { table } from "./markdown.ts";
import type { Pair, PairedScenario, RatioName } from "./measure-pair.ts";
import { scenarioName, shown } from "./report.ts";
import type { Figure } from "./statistics.ts";

const twoDigits = (value: number) => value.toFixed(2);
const shownRatio = (figure: Figure | null) =>
  figure ? `${twoDigits(figure.median)} (${twoDigits(figure.min)}–${twoDigits(figure.max)})` : "";

const head = ["build", "scans/s", "end p50", "end p95", "accept p50", "accept p95", "failed"];

function scenarioTable([name, other]: Pair["names"], { measured, ratios }: PairedScenario): string {
  const rows = measured.map((it, index) => [
    index === 0 ? name : other,
    shown(it.scansPerSecond),
    shown(it.end?.p50),
    shown(it.end?.p95),
    shown(it.accept?.p50),
    shown(it.accept?.p95),
    String(it.failed),
  ]);
  const ratio = (of: RatioName) => shownRatio(ratios[of]);
  const last = [
    `${name} ÷ ${other}, round by round`,
    ratio("scansPerSecond"),
    "",
    ratio("endP95"),
    "",
    ratio("acceptP95"),
    "",
  ];
  return `**${scenarioName(measured[0])}**\n\n${table(head, [...rows, last])}`;
}

/** Two builds beside each other as Markdown. */
export function pairReport({ names, scenarios, memoryMiB }: Pair, method: string): string {
  const memory = names.map((name, index) => {
    const size = memoryMiB[index];
    return `${name} ${size === null || size === undefined ? "not known" : Math.round(size)}`;
  });
  return [
    `${method} The builds are measured in turns.`,
    ...scenarios.map((scenario) => scenarioTable(names, scenario)),
    `Memory after all of it, MiB: ${memory.join(", ")}.`,
  ].join("\n\n");
}
