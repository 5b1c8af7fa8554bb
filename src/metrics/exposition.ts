import { metricFamilies } from "./metrics-registry.ts";
import { canonical, type Labels, type Series } from "./series.ts";

export const contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/**
 * The OpenMetrics text of series. Every family of the registry is in it, with or without samples, and
 * a series of no family is not.
 * https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export function exposition(series: readonly Series[]): string {
  const byName = Map.groupBy(series, ({ name }) => name);
  const lines: string[] = [];
  for (const { name, type, help, buckets = [] } of metricFamilies) {
    lines.push(`# TYPE ${name} ${type}`, `# HELP ${name} ${escaped(help)}`);
    const samples = samplesOf[type](name, (stored) => byName.get(stored) ?? [], buckets);
    lines.push(...samples.map(lineOf));
  }
  return `${[...lines, "# EOF"].join("\n")}\n`;
}

type SeriesNamed = (name: string) => readonly Series[];

const samplesOf = {
  gauge: (name: string, named: SeriesNamed) => named(name),
  counter: (name: string, named: SeriesNamed) =>
    named(name).map(({ labels, value }) => ({ name: `${name}_total`, labels, value })),
  histogram(name: string, named: SeriesNamed, bounds: readonly number[]) {
    const buckets = Map.groupBy(named(`${name}_bucket`), ({ labels }) => splitBound(labels).key);
    return named(`${name}_sum`).flatMap(({ labels, value }) =>
      histogram(name, labels, value, buckets.get(splitBound(labels).key) ?? [], bounds),
    );
  },
};

/** The bound of a bucket, and a key that all buckets of its histogram share. */
function splitBound({ le = "+Inf", ...labels }: Labels) {
  return { key: JSON.stringify(labels), bound: le === "+Inf" ? Infinity : Number(le) };
}

/** A stored bucket whose bound is no longer in the registry counts in the next higher one. */
function histogram(
  name: string,
  labels: Labels,
  sum: number,
  stored: readonly Series[],
  bounds: readonly number[],
): Series[] {
  const countUpTo = (bound: number) =>
    stored.reduce((count, it) => count + (splitBound(it.labels).bound <= bound ? it.value : 0), 0);
  return [
    ...bounds.map((bound) => bucket(name, labels, canonical(bound), countUpTo(bound))),
    bucket(name, labels, "+Inf", countUpTo(Infinity)),
    { name: `${name}_count`, labels, value: countUpTo(Infinity) },
    { name: `${name}_sum`, labels, value: sum },
  ];
}

const bucket = (name: string, labels: Labels, le: string, value: number): Series => ({
  name: `${name}_bucket`,
  labels: { ...labels, le },
  value,
});

function lineOf({ name, labels, value }: Series): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(",")}}` : ""} ${value}`;
}

const escaped = (text: string) =>
  text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
