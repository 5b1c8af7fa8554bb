import { z } from "zod";
import { log } from "../platform/log.ts";
import type { DeadLetter } from "../pipeline/dead-letter.ts";
import { nextRedriveAt, redrivesPerRun, redriveWaitsMs } from "../pipeline/redrive-policy.ts";
import { StageName } from "../pipeline/stages/stage-table.ts";

/** How long a settled letter is kept, ms. */
const keptMs = 7 * 24 * 60 * 60 * 1000;
/** A letter whose redrive was not heard of for so long is asked after, ms. */
const unheardMs = 2 * 60 * 1000;

/** A letter that a redrive has taken. */
export const Claimed = z.object({
  id: z.string(),
  job_id: z.string(),
  stage: StageName,
  redrives: z.int(),
});
export type Claimed = z.infer<typeof Claimed>;

/** Names the one redrive that was decided; saying it again has no second effect. */
export const decisionOf = ({ id, redrives }: Claimed): string => `${id}#${redrives}`;

const upsert = `
INSERT INTO dead_letters (id, stage, job_id, user_id, error_code, error_message, fingerprint, model,
  regulation_version, attempts, redrives, status, first_seen_at, last_seen_at, next_redrive_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'parked', ?12, ?12, ?13)
ON CONFLICT (id) DO UPDATE SET
  status = 'parked', error_code = excluded.error_code, error_message = excluded.error_message,
  fingerprint = excluded.fingerprint, attempts = excluded.attempts, redrives = excluded.redrives,
  last_seen_at = excluded.last_seen_at, next_redrive_at = excluded.next_redrive_at,
  claimed_at = NULL
-- A redrive that was decided and not yet carried out stays decided, and what is settled, settled.
WHERE excluded.redrives >= dead_letters.redrives
  AND dead_letters.status NOT IN ('archived', 'discarded')`;

/** Notes letters of parked jobs, in one batch. The same letter again changes nothing. */
export async function recordDeadLetters(
  db: D1Database,
  letters: readonly DeadLetter[],
): Promise<void> {
  if (letters.length === 0) return;
  const statement = db.prepare(upsert);
  await db.batch(
    letters.map((it) =>
      statement.bind(
        it.id,
        it.stage,
        it.jobId,
        it.userId,
        it.code,
        it.message,
        it.fingerprint,
        it.model,
        it.regulationVersion,
        it.attempts,
        it.redrives,
        it.parkedAt,
        nextRedriveAt(it.parkedAt, it.redrives) ?? it.parkedAt,
      ),
    ),
  );
}

/** A message that nobody can act on, with why. */
export interface UnreadableLetter {
  id: string;
  stage: string;
  body: string;
  code: string;
  message: string;
}

/** Archives messages that nobody can act on, as they came. */
export async function archiveUnreadable(
  db: D1Database,
  letters: readonly UnreadableLetter[],
  now: number,
): Promise<void> {
  if (letters.length === 0) return;
  const statement = db.prepare(`
    INSERT INTO dead_letters (id, stage, error_code, error_message, fingerprint, attempts, status, body,
      first_seen_at, last_seen_at, next_redrive_at)
    VALUES (?1, ?2, ?3, ?4, ?5, 0, 'archived', ?6, ?7, ?7, ?7)
    ON CONFLICT (id) DO NOTHING`);
  await db.batch(
    letters.map(({ id, stage, code, message, body }) =>
      statement.bind(id, stage, code, message, `${stage}/${code}`, body, now),
    ),
  );
}

/**
 * Takes letters of a stage that are due, one of each user before the second of any. Who takes a
 * letter has it alone: another run at the same time gets others.
 */
export async function claimDue(
  db: D1Database,
  stage: StageName,
  { now, exceptModels }: { now: number; exceptModels: readonly string[] },
): Promise<Claimed[]> {
  const { results } = await db
    .prepare(
      `UPDATE dead_letters SET status = 'redriving', redrives = redrives + 1, claimed_at = ?1, redrive_id = NULL
       WHERE id IN (
         SELECT id FROM (
           SELECT id, next_redrive_at,
             ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY next_redrive_at, id) AS turn
           FROM dead_letters
           WHERE status = 'parked' AND stage = ?2 AND next_redrive_at <= ?1 AND redrives < ?3
             AND model NOT IN (SELECT value FROM json_each(?4)))
         ORDER BY turn, next_redrive_at LIMIT ?5)
       RETURNING id, job_id, stage, redrives`,
    )
    .bind(now, stage, redriveWaitsMs.length, JSON.stringify(exceptModels), redrivesPerRun)
    .all();
  return results.map((row) => Claimed.parse(row));
}

/** Takes letters whose redrive was decided, and of which nothing was heard since. */
export async function claimUnheard(db: D1Database, now: number): Promise<Claimed[]> {
  const { results } = await db
    .prepare(
      `UPDATE dead_letters SET claimed_at = ?1
       WHERE id IN (SELECT id FROM dead_letters WHERE status = 'redriving' AND claimed_at < ?2
                    ORDER BY claimed_at LIMIT ?3)
       RETURNING id, job_id, stage, redrives`,
    )
    .bind(now, now - unheardMs, redrivesPerRun)
    .all();
  return results.map((row) => Claimed.parse(row));
}

/** Letters of a stage that have had their share of redrives. */
export async function exhausted(db: D1Database, stage: StageName): Promise<Claimed[]> {
  const { results } = await db
    .prepare(
      `SELECT id, job_id, stage, redrives FROM dead_letters
       WHERE status = 'parked' AND stage = ? AND redrives >= ? LIMIT ?`,
    )
    .bind(stage, redriveWaitsMs.length, redrivesPerRun)
    .all();
  return results.map((row) => Claimed.parse(row));
}

/** Where a letter stands, with the status it had, so that a newer one is not overwritten. */
export interface Settled {
  id: string;
  redrives: number;
  status: "parked" | "recovered" | "archived" | "discarded";
}

/** Writes what became of letters, in one batch; a letter that has moved on since is left alone. */
export async function settle(
  db: D1Database,
  letters: readonly Settled[],
  now: number,
): Promise<void> {
  if (letters.length === 0) return;
  const statement = db.prepare(
    `UPDATE dead_letters SET status = ?2, last_seen_at = ?3, claimed_at = NULL,
       next_redrive_at = ?4
     WHERE id = ?1 AND redrives = ?5 AND status IN ('parked', 'redriving')`,
  );
  await db.batch(
    letters.map(({ id, status, redrives }) =>
      statement.bind(id, status, now, nextRedriveAt(now, redrives) ?? now, redrives),
    ),
  );
}

/** The stage of a letter is done. Should this not be written, a later run finds it out. */
export async function markRecovered(db: D1Database, id: string): Promise<void> {
  try {
    await db
      .prepare(
        `UPDATE dead_letters SET status = 'recovered', last_seen_at = ?
         WHERE id = ? AND status IN ('parked', 'redriving')`,
      )
      .bind(Date.now(), id)
      .run();
  } catch (error) {
    log("warn", "dead_letter.recovery_not_noted", { id, error: String(error) });
  }
}

/** Deletes letters that were settled a week ago. */
export async function forgetSettled(db: D1Database, now: number): Promise<void> {
  await db
    .prepare(
      `DELETE FROM dead_letters
       WHERE status IN ('archived', 'recovered', 'discarded') AND last_seen_at < ?`,
    )
    .bind(now - keptMs)
    .run();
}

/** How many letters of each stage are not settled, and since when the oldest is there. */
export async function openLetters(db: D1Database) {
  const { results } = await db
    .prepare(
      `SELECT stage, SUM(status = 'parked') AS parked, SUM(status = 'redriving') AS redriving,
         MIN(first_seen_at) AS oldest
       FROM dead_letters WHERE status IN ('parked', 'redriving') GROUP BY stage`,
    )
    .all();
  return new Map(results.map((row) => OpenLetters.parse(row)).map((row) => [row.stage, row]));
}

const OpenLetters = z.object({
  stage: z.string(),
  parked: z.int(),
  redriving: z.int(),
  oldest: z.int(),
});
