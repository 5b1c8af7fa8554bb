import { z } from "zod";

/**
 * Dead letters by what they are of: a stage, or a queue of saves. `recent` are those that came since,
 * settled or not: what is redriven, or could not be read, is no longer open, but was there.
 */
export const lettersSince = (db: D1Database, since: number): D1PreparedStatement =>
  db
    .prepare(
      `SELECT source, sum(status = 'parked') AS parked, sum(status = 'redriving') AS redriving,
         sum(status IN ('parked', 'redriving') OR first_seen_at >= ?1) AS recent
       FROM (
         SELECT stage AS source, status, first_seen_at, last_seen_at FROM dead_letters
         UNION ALL SELECT queue, status, first_seen_at, last_seen_at FROM save_letters)
       WHERE status IN ('parked', 'redriving') OR last_seen_at >= ?1
       GROUP BY source`,
    )
    .bind(since);

export const Letters = z.array(
  z.object({ source: z.string(), parked: z.int(), redriving: z.int(), recent: z.int() }),
);
export type Letters = z.infer<typeof Letters>;
