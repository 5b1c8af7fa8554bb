import { z } from "zod";
import { Labels, type Series } from "./series.ts";

const Row = z.object({ name: z.string(), labels: z.string(), value: z.number() });

export const selectCounters = (db: D1Database): D1PreparedStatement =>
  db.prepare("SELECT name, labels, value FROM metric_counters ORDER BY name, labels");

/** The rows of `metric_counters` as series, without those that are not metrics. */
export const seriesFrom = (rows: readonly unknown[]): Series[] =>
  z
    .array(Row)
    .parse(rows)
    .filter(({ name }) => name.startsWith("eco2_"))
    .map(({ name, labels, value }) => ({ name, labels: Labels.parse(labels), value }));
