import { costOfMillion, includedScans, sumOf, usageOf } from "../cost.ts";
import { table } from "../markdown.ts";
import { meters, planUsd, prices } from "../prices.ts";
import { operations, usageAt } from "./cost.ts";

/** Scans a second of a service that nobody would call busy. */
const quiet = 0.14;

const digits = (value: number) =>
  Number(value.toPrecision(value < 1 ? 1 : 2)).toLocaleString("en", { maximumFractionDigits: 3 });
const whole = (value: number) => value.toLocaleString("en");

/** What a scan uses of each meter, with others in its batches and with none, and what plans include. */
export function planTable(): string {
  const usage = usageAt(quiet);
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
    .filter((meter) => usage[meter] > 0)
    .map((meter) => {
      const { name, usd, included, freeADay } = prices[meter];
      return [
        name,
        digits(usage[meter]),
        digits(alone[meter]),
        freeADay === null ? "" : whole(freeADay),
        freeADay === null ? "" : digits(freeADay / alone[meter]),
        whole(included),
        String(usd),
      ];
    });
  const { scans, meter } = includedScans(usage);
  const thousand = sumOf(costOfMillion(usage)) / 1_000;
  return [
    table(head, rows),
    `The $${planUsd} include some ${digits(scans)} scans a month (${prices[meter].name} are used up first), and once all that is included is used up a thousand scans cost ${Math.round(thousand * 100)} cents.`,
  ].join("\n\n");
}
