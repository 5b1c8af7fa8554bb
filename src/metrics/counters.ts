import { z } from "zod";
import { parseRows } from "../platform/parse-rows.ts";
import { Labels, type Series } from "./series.ts";

const Row = z.object({ name: z.string(), labels: z.string(), value: z.number() });
const Stored = Row.extend({ labels: Labels });
const from = { store: "metric_counters" };

export const selectCounters = (db: D1Database): D1PreparedStatement =>
  db.prepare("SELECT name, labels, value FROM metric_counters ORDER BY name, labels");

/** The rows of `metric_counters` as series, without those that are not metrics. */
export const seriesFrom = (rows: readonly unknown[]): Series[] =>
  parseRows(Row, rows, from)
    .filter(({ name }) => name.startsWith("eco2_"))
    .flatMap((row) => parseRows(Stored, [row], from));
