import { z } from "zod";
import { raw, select } from "../platform/sql.ts";
import { firstDay } from "./period.ts";

/** How often residents chose a class where the model had thought of another one first. */
export const Correction = z.object({
  predicted: z.string().describe("The middle category that the model thought most probable."),
  corrected: z.string().describe("The middle category that the resident chose."),
  count: z.int(),
});

const Totals = z.object({ asked: z.int(), corrected: z.int() });
const maxRows = 500;

/** What residents chose on the last days where they were asked: how often as predicted, and what they corrected. */
export async function readCorrections(db: D1Database, days: number, now: number) {
  const since = Date.parse(firstDay(days, now));
  const predicted = raw("coalesce(shown ->> '$[0].classification.middle_category', '')");
  const [[totals = { asked: 0, corrected: 0 }], corrections] = await Promise.all([
    select(db, Totals)`
      SELECT COUNT(*) AS asked, COUNT(*) FILTER (WHERE ${predicted} <> middle) AS corrected
      FROM confirmations WHERE at >= ${since}`,
    select(db, Correction)`
      SELECT ${predicted} AS predicted, middle AS corrected, COUNT(*) AS count
      FROM confirmations WHERE at >= ${since} AND ${predicted} <> middle
      GROUP BY 1, 2 ORDER BY count DESC, 1, 2 LIMIT ${maxRows}`,
  ]);
  return { ...totals, corrections };
}
