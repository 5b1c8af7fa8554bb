import { z } from "zod";
import { Labels } from "./families.ts";
import type { Series } from "./open-metrics.ts";

const Row = z.object({ name: z.string(), labels: z.string(), value: z.number() });

/** A row of `metric_counters` as a series; null for what beside the metrics is counted there, too. */
function seriesOf({ name, labels, value }: z.infer<typeof Row>): Series | null {
  return name.startsWith("eco2_") ? { name, labels: Labels.parse(labels), value } : null;
}

export const storedSums = (db: D1Database): D1PreparedStatement =>
  db.prepare("SELECT name, labels, value FROM metric_counters ORDER BY name, labels");

/** The series among the rows of `storedSums`. */
export const seriesIn = (rows: readonly unknown[]): Series[] =>
  z
    .array(Row)
    .parse(rows)
    .map(seriesOf)
    .filter((it) => it !== null);
