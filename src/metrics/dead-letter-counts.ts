import { z } from "zod";

/**
 * Counts dead letters by source: a stage, a queue or a projection. `recent` counts those that are open or
 * came after `since`, whatever their status is now.
 */
export const deadLetterCounts = (db: D1Database, since: number): D1PreparedStatement =>
  db
    .prepare(
      `SELECT source, sum(status = 'parked') AS parked, sum(status = 'redriving') AS redriving,
         sum(status IN ('parked', 'redriving') OR first_seen_at >= ?1) AS recent
       FROM dead_letters
       WHERE status IN ('parked', 'redriving') OR last_seen_at >= ?1
       GROUP BY source`,
    )
    .bind(since);

export const DeadLetterCounts = z.array(
  z.object({ source: z.string(), parked: z.int(), redriving: z.int(), recent: z.int() }),
);
export type DeadLetterCounts = z.infer<typeof DeadLetterCounts>;
