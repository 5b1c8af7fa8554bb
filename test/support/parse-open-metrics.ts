/**
 * A strict parser of OpenMetrics 1.0 text. It throws for what the grammar or the rules of a type do not
 * allow. https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
export interface Parsed {
  type: string;
  help: string;
  samples: { name: string; labels: Record<string, string>; value: number }[];
}

const metricName = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const number = "(?:[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?|[+-]?Inf|NaN)";
const text = '(?:[^"\\\\\\n]|\\\\["\\\\n])*';
const label = `[a-zA-Z_][a-zA-Z0-9_]*="${text}"`;
const sampleLine = new RegExp(
  `^(?<name>${metricName})(?:\\{(?<labels>${label}(?:,${label})*)\\})? (?<value>${number})$`,
);
const metadataLine = new RegExp(
  `^# (?<word>TYPE|HELP|UNIT) (?<name>${metricName}) (?<rest>(?:[^\\\\\\n]|\\\\[\\\\n"])*)$`,
);

/** The suffixes of a type's sample names. */
const suffixes: Record<string, readonly string[]> = {
  gauge: [""],
  counter: ["_total", "_created"],
  histogram: ["_bucket", "_count", "_sum", "_created"],
};

function refuse(line: string, why: string): never {
  throw new Error(`${why}: ${line}`);
}

const valueOf = (word: string) => Number(word.replace("Inf", "Infinity"));

function labelsOf(line: string, written = ""): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = "", value = ""] of written.matchAll(
    new RegExp(`([a-zA-Z_][a-zA-Z0-9_]*)="(${text})"`, "g"),
  )) {
    if (name in labels) refuse(line, "A label comes twice");
    if (name.startsWith("__")) refuse(line, "A label's name is reserved");
    labels[name] = value.replace(/\\(["\\n])/g, (_, it: string) => (it === "n" ? "\n" : it));
  }
  return labels;
}

/** A key for labels in any order, without the label `except`. */
const keyOf = (labels: Record<string, string>, except?: string): string =>
  Object.keys(labels)
    .filter((name) => name !== except)
    .toSorted((a, b) => a.localeCompare(b))
    .map((name) => JSON.stringify([name, labels[name]]))
    .join();

export function parseOpenMetrics(body: string): Map<string, Parsed> {
  if (!body.endsWith("# EOF\n")) throw new Error("It does not end with # EOF");
  const families = new Map<string, Parsed>();
  let current: [name: string, family: Parsed] | undefined;
  const seen = new Set<string>();
  for (const line of body.slice(0, -"# EOF\n".length).split("\n").slice(0, -1)) {
    const metadata = metadataLine.exec(line)?.groups;
    if (metadata) {
      const { word, name = "", rest = "" } = metadata;
      if (current?.[0] !== name) {
        if (families.has(name)) refuse(line, "A family is spread over several places");
        current = [name, { type: "unknown", help: "", samples: [] }];
        families.set(...current);
      }
      if (current[1].samples.length > 0) refuse(line, "Metadata comes after samples");
      if (word === "TYPE" && !(rest in suffixes)) refuse(line, "There is no such type");
      if (word === "TYPE") current[1].type = rest;
      if (word === "HELP") current[1].help = rest;
      continue;
    }
    const sample = sampleLine.exec(line)?.groups;
    if (!sample || !current) return refuse(line, "This is no line of OpenMetrics");
    const [family, { type, samples }] = current;
    const { name = "", labels: written, value: word = "" } = sample;
    if (!suffixes[type]?.some((suffix) => name === `${family}${suffix}`)) {
      refuse(line, `This is no sample of the ${type} ${family}`);
    }
    const labels = labelsOf(line, written);
    const key = `${name} ${keyOf(labels)}`;
    if (seen.has(key)) refuse(line, "A series comes twice");
    seen.add(key);
    const value = valueOf(word);
    if (type !== "gauge" && !(value >= 0)) refuse(line, "It counts below nothing");
    samples.push({ name, labels, value });
  }
  for (const [name, family] of families) if (family.type === "histogram") check(name, family);
  return families;
}

/** Bounds ascend, counts never fall, the +Inf bucket equals the count, and there is a sum. */
function check(name: string, { samples }: Parsed) {
  for (const [key, group] of Map.groupBy(samples, ({ labels }) => keyOf(labels, "le"))) {
    const of = (suffix: string) => group.filter((it) => it.name === `${name}_${suffix}`);
    const buckets = of("bucket");
    const bounds = buckets.map(({ labels: { le = "" } }) => {
      if (!/^(?:\+Inf|\d+\.\d+(?:e[+-]\d+)?)$/.test(le)) refuse(key, `${le} is no canonical bound`);
      return valueOf(le);
    });
    const counts = buckets.map(({ value }) => value);
    if (bounds.at(-1) !== Infinity) refuse(key, "The last bucket is not +Inf");
    for (const [index, bound] of bounds.entries()) {
      if (bound <= (bounds[index - 1] ?? -Infinity)) refuse(key, "The bounds do not ascend");
      if ((counts[index] ?? 0) < (counts[index - 1] ?? 0)) refuse(key, "The buckets fall");
    }
    if (of("count").length !== 1 || of("sum").length !== 1)
      refuse(key, "Count and sum are missing");
    if (of("count")[0]?.value !== counts.at(-1)) refuse(key, "The count is not that of +Inf");
  }
}

/** The value of a series. 0 when it is missing, like a counter before its first increment. */
export const valueIn = (
  families: ReadonlyMap<string, Parsed>,
  name: string,
  labels: Record<string, string> = {},
): number =>
  families
    .values()
    .flatMap(({ samples }) => samples)
    .find(
      (it) =>
        it.name === name &&
        Object.entries(labels).every(([key, value]) => it.labels[key] === value) &&
        Object.keys(it.labels).length === Object.keys(labels).length,
    )?.value ?? 0;
