import { z } from "zod";
import { SaveQueue } from "./write-dead-letters.ts";

const Status = z.enum(["parked", "redriving", "recovered", "archived"]);

/** Asks for a page of saves that did not go through, the newest first. */
export const SavesPage = z.object({
  status: Status.optional(),
  queue: SaveQueue.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  /** Where the page before ended. */
  cursor: z
    .string()
    .regex(/^\d+,.+$/, { error: "is not a cursor that was given out" })
    .optional(),
});

export const Letter = z.object({
  id: z.string(),
  queue: SaveQueue,
  user_id: z.string().nullable(),
  error_code: z.string(),
  error_message: z.string(),
  body: z.string(),
  redrives: z.int(),
  status: Status,
  first_seen_at: z.int(),
  last_seen_at: z.int(),
  next_redrive_at: z.int(),
});

/** A page of letters and where the next one begins, null after the last. Times are Unix ms. */
export async function listSaves(
  db: D1Database,
  { cursor, limit, status, queue }: z.infer<typeof SavesPage>,
) {
  const [at = "", ...id] = cursor?.split(",") ?? [];
  const { results } = await db
    .prepare(
      `SELECT * FROM save_letters
       WHERE (?1 IS NULL OR status = ?1) AND (?2 IS NULL OR queue = ?2)
         AND (last_seen_at, id) < (?3, ?4)
       ORDER BY last_seen_at DESC, id DESC LIMIT ?5`,
    )
    .bind(
      status ?? null,
      queue ?? null,
      cursor ? Number(at) : Number.MAX_SAFE_INTEGER,
      id.join(","),
      limit + 1,
    )
    .all();
  const letters = z.array(Letter).parse(results.slice(0, limit));
  const last = results.length > limit ? letters.at(-1) : undefined;
  return { letters, next_cursor: last ? `${last.last_seen_at},${last.id}` : null };
}

const OpenSaves = z.object({
  queue: SaveQueue,
  parked: z.int(),
  redriving: z.int(),
  oldest: z.int(),
});

/** How many letters of each queue are not settled, and since when the oldest is there, Unix ms. */
export async function openSaves(db: D1Database) {
  const { results } = await db
    .prepare(
      `SELECT queue, SUM(status = 'parked') AS parked, SUM(status = 'redriving') AS redriving,
         MIN(first_seen_at) AS oldest
       FROM save_letters WHERE status IN ('parked', 'redriving') GROUP BY queue ORDER BY queue`,
    )
    .all();
  return z.array(OpenSaves).parse(results);
}
