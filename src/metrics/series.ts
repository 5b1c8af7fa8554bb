import { z } from "zod";
import {
  type LabelsOf,
  type MetricName,
  metricsRegistry,
  type NameOf,
} from "./metrics-registry.ts";
import { jsonText } from "../platform/sql.ts";

/** The labels of a stored series. */
export const Labels = jsonText(z.record(z.string(), z.string()));
export type Labels = z.infer<typeof Labels>;

/** A time series and its value. A histogram has one named `_sum` and one `_bucket` for each bucket. */
export interface Series {
  name: string;
  labels: Labels;
  value: number;
}

/** A value to be added to a series; its labels are JSON. */
export type Increment = readonly [name: string, labels: string, value: number];

export const gauge = <Name extends NameOf<"gauge">>(
  name: Name,
  labels: LabelsOf<Name>,
  value: number,
): Series => ({ name, labels, value });

export const increment = <Name extends NameOf<"counter">>(
  name: Name,
  labels: LabelsOf<Name>,
  value = 1,
): Increment => [name, JSON.stringify(inOrder(name, labels)), value];

/**
 * Observes a duration in a histogram: adds to its sum and to the one bucket it falls into, which is two
 * rows. The exposition makes buckets cumulative.
 */
export function observe<Name extends NameOf<"histogram">>(
  name: Name,
  labels: LabelsOf<Name>,
  ms: number,
): Increment[] {
  // The clocks of two machines can differ.
  const seconds = Math.max(0, ms / 1000);
  const le = metricsRegistry[name].buckets.find((bound) => seconds <= bound);
  const ordered = inOrder(name, labels);
  const bucket = { ...ordered, le: le === undefined ? "+Inf" : canonical(le) };
  return [
    [`${name}_bucket`, JSON.stringify(bucket), 1],
    [`${name}_sum`, JSON.stringify(ordered), seconds],
  ];
}

/** A bound as OpenMetrics writes it: 1 is 1.0. */
export const canonical = (bound: number): string =>
  Number.isInteger(bound) ? `${bound}.0` : String(bound);

/** The labels in the registry's order, so that equal labels are equal text. */
const inOrder = (name: MetricName, labels: Readonly<Record<string, string>>): Labels =>
  Object.fromEntries(metricsRegistry[name].labels.map((it) => [it, labels[it] ?? ""]));
