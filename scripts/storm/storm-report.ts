import { cpus } from "node:os";
import { fillBlocks, table } from "../../bench/markdown.ts";
import type { StormClient } from "./client.ts";
import { checkNames, type Difference } from "./compare.ts";
import { expectedOf } from "./expected.ts";
import type { ProviderCall } from "./fake-provider.ts";
import type { StormOptions } from "./run-storm.ts";

export interface StormOutcome {
  options: StormOptions;
  clients: readonly StormClient[];
  calls: readonly ProviderCall[];
  /** How many the receiver has accepted. */
  webhooks: number;
  restarts: readonly number[];
  /** The differences before the effects were published once more. */
  early: readonly Difference[];
  differences: readonly Difference[];
  tookMs: number;
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, each) => all + each, 0);
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;

const count = (list: readonly Difference[], check: string) =>
  String(list.filter((it) => it.check === check).length);

/** Counts values: `3 x, 1 y`. */
function countsOf(values: readonly string[]): string {
  const counts = [...Map.groupBy(values, (it) => it)].map(([name, all]) => `${all.length} ${name}`);
  return counts.toSorted().join(", ") || "none";
}

/** The report of a storm, in Markdown, without dates. */
export function reportOf(outcome: StormOutcome): string {
  const { options, clients, calls, webhooks, restarts, early, differences, tookMs } = outcome;
  const expected = clients.map((it) => expectedOf(it)).filter((it) => it !== null);
  const frames = clients.flatMap(({ received }) => received.map(({ frame }) => frame));
  const lost = frames.filter(({ error }) => error?.code === "ATTEMPT_LOST").length;
  const facts: [string, string][] = [
    ["machine", `${cpus().length} cores`],
    ["seed", options.seed],
    ["scans, users", `${options.scans}, ${options.users}`],
    ["ends", countsOf(expected.map(({ result }) => result.status))],
    ["kills with SIGKILL", String(restarts.length)],
    ["restart, mean", seconds(sum(restarts) / Math.max(1, restarts.length))],
    ["model calls", String(calls.length)],
    ["faulty calls", countsOf(calls.flatMap(({ fault }) => fault ?? []))],
    ["attempts lost in a kill", String(lost)],
    ["parked on the way", String(frames.filter(({ status }) => status === "parked").length)],
    [
      "submits, streams",
      [sum(clients.map((it) => it.submits)), sum(clients.map((it) => it.streams))].join(", "),
    ],
    ["frames", String(frames.length)],
    [
      "webhooks expected, accepted",
      `${sum(expected.map((it) => it.webhooks.length))}, ${webhooks}`,
    ],
    ["took", seconds(tookMs)],
  ];
  const rows = ["ends", ...checkNames].map((check) => [
    check,
    count(early, check),
    count(differences, check),
  ]);
  return [
    table(["storm", ""], facts),
    table(["differences", "when all is quiet", "after an hour"], rows),
  ].join("\n\n");
}

/** Puts a report between its marks in a document. */
export const writeReport = (file: string, name: "storm" | "kill", report: string) =>
  fillBlocks(file, { [`npm run chaos, ${name}`]: report });
