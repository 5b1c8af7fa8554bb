import { z } from "zod";
import { StageName } from "../pipeline/stages/stage-table.ts";

const Status = z.enum(["parked", "redriving", "recovered", "archived", "discarded"]);

/** Asks for a page of letters, the newest first. */
export const LetterPage = z.object({
  status: Status.optional(),
  stage: StageName.optional(),
  fingerprint: z.string().optional(),
  job_id: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  /** Where the page before ended. */
  cursor: z
    .string()
    .regex(/^\d+,.+$/, { error: "is not a cursor that was given out" })
    .optional(),
});

export const Letter = z.object({
  id: z.string(),
  stage: z.string(),
  job_id: z.string().nullable(),
  user_id: z.string().nullable(),
  error_code: z.string(),
  error_message: z.string(),
  fingerprint: z.string(),
  model: z.string().nullable(),
  regulation_version: z.string().nullable(),
  attempts: z.int(),
  redrives: z.int(),
  status: Status,
  body: z.string().nullable(),
  first_seen_at: z.int(),
  last_seen_at: z.int(),
  next_redrive_at: z.int(),
  redrive_id: z.string().nullable(),
});

/** A page of letters and where the next one begins, null after the last. Times are Unix ms. */
export async function listLetters(
  db: D1Database,
  { cursor, limit, ...wanted }: z.infer<typeof LetterPage>,
) {
  const [at = "", ...id] = cursor?.split(",") ?? [];
  const { results } = await db
    .prepare(
      `SELECT * FROM dead_letters
       WHERE (?1 ->> 'status' IS NULL OR status = ?1 ->> 'status')
         AND (?1 ->> 'stage' IS NULL OR stage = ?1 ->> 'stage')
         AND (?1 ->> 'fingerprint' IS NULL OR fingerprint = ?1 ->> 'fingerprint')
         AND (?1 ->> 'job_id' IS NULL OR job_id = ?1 ->> 'job_id')
         AND (last_seen_at, id) < (?2, ?3)
       ORDER BY last_seen_at DESC, id DESC LIMIT ?4`,
    )
    .bind(
      JSON.stringify(wanted),
      cursor ? Number(at) : Number.MAX_SAFE_INTEGER,
      id.join(","),
      limit,
    )
    .all();
  const letters = z.array(Letter).parse(results);
  const last = letters.length === limit ? letters.at(-1) : undefined;
  return { letters, next_cursor: last ? `${last.last_seen_at},${last.id}` : null };
}

export const Group = z.object({
  fingerprint: z.string(),
  stage: z.string(),
  error_code: z.string(),
  error_message: z.string(),
  model: z.string().nullable(),
  regulation_version: z.string().nullable(),
  letters: z.int(),
  users: z.int(),
  first_seen_at: z.int(),
  last_seen_at: z.int(),
});

/** Letters of a status by cause, the most frequent first; the message is one letter's. */
export async function groupLetters(db: D1Database, status: z.infer<typeof Status>) {
  const { results } = await db
    .prepare(
      `SELECT fingerprint, stage, error_code, error_message, model, regulation_version,
         COUNT(*) AS letters, COUNT(DISTINCT user_id) AS users,
         MIN(first_seen_at) AS first_seen_at, MAX(last_seen_at) AS last_seen_at
       FROM dead_letters WHERE status = ? GROUP BY fingerprint ORDER BY letters DESC LIMIT 200`,
    )
    .bind(status)
    .all();
  return z.array(Group).parse(results);
}
