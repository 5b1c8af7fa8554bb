import { z } from "zod";
import { parseRows } from "../platform/parse-rows.ts";
import { seriesFrom } from "../metrics/counters.ts";
import { jsonText, sql } from "../platform/sql.ts";
import { countedNames, serviceLevelCounts, ServiceLevelCounts } from "./counts.ts";
import { budgetMs, burnRules, type CountHistory } from "./error-budget.ts";

const windows = [budgetMs, ...burnRules.flatMap(({ longMs, shortMs }) => [longMs, shortMs])];

const Row = z.object({ at: z.int(), counts: jsonText(ServiceLevelCounts) });

/** Selects the counters of now, then the sample at the beginning of each window. */
export const selectCountHistory = (db: D1Database, now: number): D1PreparedStatement[] => [
  sql(db)`SELECT name, labels, value FROM metric_counters
    WHERE name IN (SELECT value FROM json_each(${JSON.stringify(countedNames)}))`,
  ...windows.map(
    (windowMs) => sql(db)`SELECT at, measurement ->> '$.serviceLevels' AS counts FROM samples
      WHERE at <= ${now - windowMs} AND measurement ->> '$.serviceLevels' IS NOT NULL
      ORDER BY slot DESC LIMIT 1`,
  ),
];

/** The history in the results of `selectCountHistory`. */
export function countHistoryFrom(
  results: readonly { results: unknown[] }[],
  now: number,
): CountHistory {
  const [counters, ...samples] = results;
  return {
    now: { at: now, counts: serviceLevelCounts(seriesFrom(counters?.results ?? [])) },
    earlier: samples
      .flatMap((it) => parseRows(Row, it.results, { store: "samples" }))
      .toSorted((a, b) => a.at - b.at),
  };
}
