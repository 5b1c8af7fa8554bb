import { z } from "zod";
import { select } from "../platform/sql.ts";
import { firstDay } from "./period.ts";

/** How often residents chose a class where the model had thought of another one first. */
export const Correction = z.object({
  predicted: z.string().describe("The middle category that the model thought most probable."),
  corrected: z.string().describe("The middle category that the resident chose."),
  count: z.int(),
});

const Row = z.object({ predicted: z.string(), chosen: z.string(), count: z.int() });
const longest = 500;

/** What residents chose on the last days where they were asked: how often as predicted, and what they corrected. */
export async function readCorrections(db: D1Database, days: number, now: number) {
  const rows = await select(db, Row)`
    SELECT coalesce(shown ->> '$[0].classification.middle_category', '') AS predicted,
      middle AS chosen, COUNT(*) AS count
    FROM confirmations WHERE at >= ${Date.parse(firstDay(days, now))}
    GROUP BY predicted, chosen ORDER BY count DESC, predicted, chosen LIMIT ${longest}`;
  const count = (of: typeof rows) => of.reduce((sum, row) => sum + row.count, 0);
  const corrected = rows.filter(({ predicted, chosen }) => predicted !== chosen);
  return {
    asked: count(rows),
    corrected: count(corrected),
    corrections: corrected.map(({ predicted, chosen, count }) => ({
      predicted,
      corrected: chosen,
      count,
    })),
  };
}
