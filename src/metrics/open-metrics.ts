import { canonical, familyList, type Labels } from "./families.ts";

/** A series and what it is at; a histogram's are named `_bucket` and `_sum`. */
export interface Series {
  name: string;
  labels: Labels;
  value: number;
}

export const contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/**
 * Writes series as OpenMetrics text. Each family is there, even without samples, and its samples stand
 * together; what belongs to no family is left out.
 * https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export function exposition(series: readonly Series[]): string {
  const byName = Map.groupBy(series, ({ name }) => name);
  const lines: string[] = [];
  for (const { name, type, help, buckets = [] } of familyList) {
    lines.push(`# TYPE ${name} ${type}`, `# HELP ${name} ${escaped(help)}`);
    const samples = shapes[type](name, (stored) => byName.get(stored) ?? [], buckets);
    lines.push(...samples.map(lineOf));
  }
  return `${[...lines, "# EOF"].join("\n")}\n`;
}

type Stored = (name: string) => readonly Series[];

const shapes = {
  gauge: (name: string, stored: Stored) => stored(name),
  counter: (name: string, stored: Stored) =>
    stored(name).map(({ labels, value }) => ({ name: `${name}_total`, labels, value })),
  histogram(name: string, stored: Stored, bounds: readonly number[]) {
    const observed = Map.groupBy(stored(`${name}_bucket`), ({ labels }) => ownOf(labels).key);
    return stored(`${name}_sum`).flatMap(({ labels, value }) =>
      histogram(name, labels, value, observed.get(ownOf(labels).key) ?? [], bounds),
    );
  },
};

/** The bound of a bucket, and what all of its histogram's buckets have in common. */
function ownOf({ le = "+Inf", ...labels }: Labels) {
  return { key: JSON.stringify(labels), bound: le === "+Inf" ? Infinity : Number(le) };
}

/** A bucket of bounds that were changed since counts for the next one above it. */
function histogram(
  name: string,
  labels: Labels,
  sum: number,
  observed: readonly Series[],
  bounds: readonly number[],
): Series[] {
  const upTo = (bound: number) =>
    observed.reduce((count, it) => count + (ownOf(it.labels).bound <= bound ? it.value : 0), 0);
  return [
    ...bounds.map((bound) => bucket(name, labels, canonical(bound), upTo(bound))),
    bucket(name, labels, "+Inf", upTo(Infinity)),
    { name: `${name}_count`, labels, value: upTo(Infinity) },
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
