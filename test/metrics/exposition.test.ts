import { describe, expect, it } from "vitest";
import { metricFamilies } from "../../src/metrics/metrics-registry.ts";
import { exposition } from "../../src/metrics/exposition.ts";
import { parseOpenMetrics, valueIn } from "../support/parse-open-metrics.ts";

describe("the exposition", () => {
  it("of nothing has every family, without samples, and an end", () => {
    const families = parseOpenMetrics(exposition([]));
    expect([...families.keys()]).toEqual(metricFamilies.map(({ name }) => name));
    for (const { type, help, samples } of families.values()) {
      expect(["gauge", "counter", "histogram"]).toContain(type);
      expect(help).toMatch(/\.$/);
      expect(samples).toEqual([]);
    }
  });

  it("ends a counter's name in _total, and leaves a gauge's as it is", () => {
    const families = parseOpenMetrics(
      exposition([
        { name: "eco2_stage_retries", labels: { stage: "vision" }, value: 3 },
        { name: "eco2_open_streams", labels: {}, value: 2 },
        { name: "eco2_unheard_of", labels: {}, value: 1 },
      ]),
    );
    expect(valueIn(families, "eco2_stage_retries_total", { stage: "vision" })).toBe(3);
    expect(valueIn(families, "eco2_open_streams")).toBe(2);
    expect(families.has("eco2_unheard_of")).toBe(false);
  });

  it("makes a histogram's buckets cumulative, those that nothing fell into, too", () => {
    const name = "eco2_stage_duration_seconds";
    const bucket = (le: string, value: number) => ({
      name: `${name}_bucket`,
      labels: { stage: "vision", le },
      value,
    });
    const families = parseOpenMetrics(
      exposition([
        bucket("+Inf", 1),
        bucket("0.1", 2),
        // A bound of an earlier version counts for the next one above it.
        bucket("0.7", 4),
        { name: `${name}_sum`, labels: { stage: "vision" }, value: 93.5 },
      ]),
    );
    const at = (le: string) => valueIn(families, `${name}_bucket`, { stage: "vision", le });
    expect(["0.05", "0.1", "0.25", "0.5", "1.0", "60.0", "+Inf"].map(at)).toEqual([
      0, 2, 2, 2, 6, 6, 7,
    ]);
    expect(valueIn(families, `${name}_count`, { stage: "vision" })).toBe(7);
    expect(valueIn(families, `${name}_sum`, { stage: "vision" })).toBe(93.5);
  });

  it("escapes what a label's value may not hold", () => {
    const code = 'a "quoted"\nline \\ end';
    const families = parseOpenMetrics(
      exposition([{ name: "eco2_stage_failures", labels: { stage: "rule", code }, value: 1 }]),
    );
    expect(valueIn(families, "eco2_stage_failures_total", { stage: "rule", code })).toBe(1);
  });
});

describe("the reader of these tests", () => {
  it.each([
    ["no end", "# TYPE a gauge\na 1\n"],
    ["text behind the end", "# TYPE a gauge\na 1\n# EOF\na 2\n"],
    ["an empty line", "# TYPE a gauge\n\na 1\n# EOF\n"],
    ["a counter without _total", "# TYPE a counter\na 1\n# EOF\n"],
    ["a counter below nothing", "# TYPE a counter\na_total -1\n# EOF\n"],
    ["a sample without its family", "a 1\n# EOF\n"],
    ["a family in two places", "# TYPE a gauge\na 1\n# TYPE b gauge\n# TYPE a gauge\n# EOF\n"],
    ["a series twice", "# TYPE a gauge\na 1\na 1\n# EOF\n"],
    ["a quote that is not escaped", '# TYPE a gauge\na{b="c"d"} 1\n# EOF\n'],
    [
      "a bound as a whole number",
      '# TYPE a histogram\na_bucket{le="1"} 1\na_bucket{le="+Inf"} 1\na_count 1\na_sum 1\n# EOF\n',
    ],
    [
      "buckets that fall",
      '# TYPE a histogram\na_bucket{le="1.0"} 2\na_bucket{le="+Inf"} 1\na_count 1\na_sum 1\n# EOF\n',
    ],
    ["a histogram without +Inf", '# TYPE a histogram\na_bucket{le="1.0"} 2\na_count 2\n# EOF\n'],
  ])("refuses %s", (_, body) => {
    expect(() => parseOpenMetrics(body)).toThrow();
  });
});
