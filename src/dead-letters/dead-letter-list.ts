import { z } from "zod";
import { allOf, equal, select } from "../platform/sql.ts";
import { readTablePage, tablePage } from "../platform/table-page.ts";
import { DeadLetterKind, DeadLetterStatus, SourceName } from "./dead-letter-kind.ts";

/** Asks for dead letters by cause. */
export const GroupQuery = z.object({
  status: DeadLetterStatus.default("parked"),
  kind: DeadLetterKind.optional(),
  source: SourceName.optional().meta({ description: "A stage, a queue or a projection." }),
});

/** Asks for a page of dead letters, the newest first. */
export const DeadLetterPage = z.object({
  kind: DeadLetterKind.optional(),
  source: SourceName.optional().meta({ description: "A stage, a queue or a projection." }),
  status: DeadLetterStatus.optional(),
  fingerprint: z.string().max(600).optional(),
  job_id: z.string().max(255).optional(),
  ...tablePage,
});

/** Times are Unix ms. */
export const DeadLetter = z.object({
  id: z.string(),
  kind: DeadLetterKind,
  source: z.string(),
  job_id: z.string().nullable(),
  user_id: z.string().nullable(),
  error_code: z.string(),
  error_message: z.string(),
  provider: z.string().nullable().describe("The provider that is at fault."),
  fingerprint: z.string(),
  model: z.string().nullable(),
  regulation_version: z.string().nullable(),
  attempts: z.int(),
  redrives: z.int(),
  automatic_redrives: z.int().describe("How many of them no operator decided: these are limited."),
  status: DeadLetterStatus,
  body: z.string().nullable(),
  cursor: z.int().nullable(),
  first_seen_at: z.int(),
  last_seen_at: z.int(),
  next_redrive_at: z.int().nullable(),
  redrive_id: z.string().nullable(),
});

/** A page of dead letters and the cursor of the next one, null after the last. */
export async function listDeadLetters(
  db: D1Database,
  { cursor, limit, ...filter }: z.infer<typeof DeadLetterPage>,
) {
  const { items, next_cursor } = await readTablePage(db, DeadLetter, {
    of: { table: "dead_letters", at: "last_seen_at", id: "id" },
    where: equal(filter),
    limit,
    cursor,
  });
  return { dead_letters: items, next_cursor };
}

export const DeadLetterGroup = z.object({
  fingerprint: z.string(),
  kind: DeadLetterKind,
  source: z.string(),
  error_code: z.string(),
  error_message: z.string(),
  provider: z.string().nullable().describe("The provider that is at fault."),
  model: z.string().nullable(),
  regulation_version: z.string().nullable(),
  dead_letters: z.int(),
  users: z.int(),
  first_seen_at: z.int(),
  last_seen_at: z.int(),
});

/** Dead letters by cause, the most frequent first; the message is that of one of them. */
export const groupDeadLetters = (db: D1Database, filter: z.infer<typeof GroupQuery>) =>
  select(db, DeadLetterGroup)`
    SELECT fingerprint, kind, source, error_code, error_message, MAX(provider) AS provider, model, regulation_version,
      COUNT(*) AS dead_letters, COUNT(DISTINCT user_id) AS users,
      MIN(first_seen_at) AS first_seen_at, MAX(last_seen_at) AS last_seen_at
    FROM dead_letters INDEXED BY dead_letters_by_status WHERE ${allOf(equal(filter))}
    GROUP BY fingerprint ORDER BY dead_letters DESC, fingerprint LIMIT 200`;
