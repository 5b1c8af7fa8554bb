import { z } from "zod";
import { models } from "../models/catalog.ts";
import { select } from "../platform/sql.ts";
import { firstDay } from "./period.ts";

const sums = {
  scans: z.int(),
  input_tokens: z.int(),
  output_tokens: z.int(),
};
const Row = z.object({ day: z.string(), model: z.string(), ...sums, micro_usd: z.int() });

/** What the scans of a model cost that ended on a day (UTC). */
export const ModelCost = z.object({
  day: z.iso.date(),
  model: z.string().describe("The model that was asked for."),
  provider: z.string().nullable().describe("Null for a model that the catalog does not have now."),
  ...sums,
  usd: z.number(),
});

const maxRows = 5_000;

/** The costs of the last days, by day, model and provider, the last day first. */
export async function readCosts(db: D1Database, days: number, now: number) {
  const rows = await select(db, Row)`
    SELECT day, model, SUM(scans) AS scans, SUM(input_tokens) AS input_tokens,
      SUM(output_tokens) AS output_tokens, SUM(cost_micro_usd) AS micro_usd
    FROM daily_statistics WHERE day >= ${firstDay(days, now)}
    GROUP BY day, model ORDER BY day DESC, micro_usd DESC, model LIMIT ${maxRows}`;
  return rows.map(({ micro_usd, ...row }) =>
    Object.assign(row, {
      provider: models.find(({ name }) => name === row.model)?.provider ?? null,
      usd: micro_usd / 1_000_000,
    }),
  );
}
