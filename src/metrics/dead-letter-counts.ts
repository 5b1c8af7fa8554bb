import { z } from "zod";
import { sql } from "../platform/sql.ts";

/**
 * Counts dead letters by source: a stage, a queue or a projection. `recent` counts those that are open or
 * came after `since`, whatever their status is now.
 */
export const deadLetterCounts = (db: D1Database, since: number): D1PreparedStatement =>
  sql(db)`
    SELECT source, sum(status = 'parked') AS parked, sum(status = 'redriving') AS redriving,
      sum(status IN ('parked', 'redriving') OR first_seen_at >= ${since}) AS recent
    FROM dead_letters
    WHERE status IN ('parked', 'redriving') OR last_seen_at >= ${since}
    GROUP BY source`;

export const DeadLetterCounts = z.array(
  z.object({ source: z.string(), parked: z.int(), redriving: z.int(), recent: z.int() }),
);
export type DeadLetterCounts = z.infer<typeof DeadLetterCounts>;
