import { expect, it } from "vitest";
import { z } from "zod";
import written from "../../docs/grafana.json";
import { metricFamilies } from "../../src/metrics/metrics-registry.ts";

const Panel = z.object({
  id: z.int(),
  gridPos: z.object({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
  targets: z.array(z.object({ expr: z.string() })).default([]),
});
const Dashboard = z.object({ schemaVersion: z.int().min(40), panels: z.array(Panel) });

const dashboard = Dashboard.parse(written);
const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

/** The names under which a family is scraped, with the labels of its samples. */
const scraped = new Map(
  metricFamilies.flatMap(({ name, type, labels }): [string, Set<string>][] => {
    const own = new Set(labels);
    if (type === "gauge") return [[name, own]];
    if (type === "counter") return [[`${name}_total`, own]];
    return [
      [`${name}_bucket`, new Set([...labels, "le"])],
      [`${name}_count`, own],
      [`${name}_sum`, own],
    ];
  }),
);
const namesIn = (query: string) => query.match(/\beco2_\w+/g) ?? [];
const labelsIn = (query: string) => [
  ...[...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(/\s*,\s*/)),
  ...[...query.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label = ""]) => label),
];

it.each(queries)("the dashboard asks for what is exposed: %s", (query) => {
  const names = namesIn(query);
  expect(names).not.toEqual([]);
  for (const name of names) {
    expect([...scraped.keys()]).toContain(name);
    for (const label of labelsIn(query)) expect(scraped.get(name)).toContain(label);
  }
});

it("shows every metric that is exposed", () => {
  const asked = new Set(queries.flatMap(namesIn));
  const missing = metricFamilies.filter(
    ({ name }) => ![...asked].some((it) => it === name || it.startsWith(`${name}_`)),
  );
  expect(missing).toEqual([]);
});

it("rates counters, and takes gauges as they are", () => {
  for (const query of queries) {
    for (const name of namesIn(query)) {
      const grows = /_(?:total|bucket|count|sum)$/.test(name);
      expect(new RegExp(`(?:rate|increase)\\(${name}\\b`).test(query)).toBe(grows);
    }
  }
});

it("has panels that neither overlap nor leave the grid", () => {
  const taken = new Set<string>();
  for (const { gridPos } of dashboard.panels) {
    expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.has(`${x},${y}`)).toBe(false);
        taken.add(`${x},${y}`);
      }
    }
  }
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
});
