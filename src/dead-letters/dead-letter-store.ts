import { z } from "zod";
import { redrivesPerRun, redriveWaitsMs } from "../pipeline/redrive-policy.ts";
import { StageName } from "../pipeline/stages/stage-table.ts";
import { log } from "../platform/log.ts";
import { raw, select, sql } from "../platform/sql.ts";
import { DeadLetterKind, type Source } from "./dead-letter-kind.ts";
import { isFree, settleCancelled } from "./redrive-letters.ts";
import { WriteQueue, writeQueues } from "./write-queues.ts";

/** How long a settled dead letter is kept, ms. */
const retentionMs = 7 * 24 * 60 * 60 * 1000;

const claimed = {
  id: z.string(),
  redrives: z.int(),
  /** The operated redrive that claimed it; null for the automatic one. */
  redrive_id: z.string().nullable(),
};
/** A dead letter that a redrive has claimed, with what its kind is redriven by. */
export const Claimed = z.discriminatedUnion("kind", [
  z.object({ ...claimed, kind: z.literal("stage"), source: StageName, job_id: z.string() }),
  z.object({ ...claimed, kind: z.literal("write"), source: WriteQueue, body: z.string() }),
  z.object({ ...claimed, kind: z.literal("projection"), source: z.string(), cursor: z.int() }),
]);
export type Claimed = z.infer<typeof Claimed>;
export type ClaimedOf<Kind extends DeadLetterKind> = Extract<Claimed, { kind: Kind }>;

/** What a claim returns. */
export const claimedColumns = raw("id, kind, source, redrives, redrive_id, job_id, body, cursor");

/** Which dead letters of a source an automatic redrive claims, and how many at most. */
export interface Claim {
  exceptModels: readonly string[];
  /** Only dead letters of these codes are due, whenever their next redrive is. Null: those whose time it is. */
  dueCodes: readonly string[] | null;
  limit: number;
}

/**
 * Claims due dead letters of a source, one of each user before the second of any. A claim is exclusive:
 * another run at the same time claims others.
 */
export async function claimDue(
  db: D1Database,
  { kind, source }: Source,
  { exceptModels, dueCodes, limit }: Claim,
  now: number,
): Promise<Claimed[]> {
  const codes = dueCodes && JSON.stringify(dueCodes);
  return select(db, Claimed)`
    UPDATE dead_letters SET status = 'redriving', redrives = redrives + 1,
      automatic_redrives = automatic_redrives + 1, claimed_at = ${now}, redrive_id = NULL
    WHERE id IN (
      SELECT id FROM (
        SELECT id, next_redrive_at,
          ROW_NUMBER() OVER (PARTITION BY user_id ORDER BY next_redrive_at, id) AS turn
        FROM dead_letters
        WHERE kind = ${kind} AND source = ${source} AND status = 'parked' AND ${isFree}
          AND automatic_redrives < ${redriveWaitsMs.length}
          AND iif(${codes} IS NULL, next_redrive_at <= ${now},
            error_code IN (SELECT value FROM json_each(${codes})))
          AND coalesce(model NOT IN (SELECT value FROM json_each(${JSON.stringify(exceptModels)})), true))
      ORDER BY turn, next_redrive_at LIMIT ${limit})
    RETURNING ${claimedColumns}`;
}

/** Claims redrives of a kind that were claimed before a time and not settled, under the same decision. */
export const claimOverdue = (
  db: D1Database,
  kind: DeadLetterKind,
  { now, before }: { now: number; before: number },
): Promise<Claimed[]> =>
  select(db, Claimed)`
    UPDATE dead_letters SET claimed_at = ${now}
    WHERE id IN (SELECT id FROM dead_letters
      WHERE kind = ${kind} AND status = 'redriving' AND claimed_at <= ${before}
      ORDER BY claimed_at LIMIT ${redrivesPerRun})
    RETURNING ${claimedColumns}`;

/** Parks redrives of a kind that were claimed before a time and not settled: each is due again. */
export async function parkOverdue(
  db: D1Database,
  kind: DeadLetterKind,
  { now, before }: { now: number; before: number },
): Promise<void> {
  await sql(db)`
    UPDATE dead_letters
    SET status = 'parked', claimed_at = NULL, next_redrive_at = ${now}, last_seen_at = ${now}
    WHERE kind = ${kind} AND status = 'redriving' AND claimed_at <= ${before}`.run();
}

/**
 * Takes dead letters of a source whose redrives are used up. They stay parked until they are given up; those that were
 * taken before come last, so that one that cannot be given up keeps no others from it.
 */
export const takeExhausted = (
  db: D1Database,
  { kind, source }: Source,
  now: number,
): Promise<Claimed[]> =>
  select(db, Claimed)`
    UPDATE dead_letters SET claimed_at = ${now}
    WHERE id IN (SELECT id FROM dead_letters
      WHERE kind = ${kind} AND source = ${source} AND status = 'parked' AND ${isFree}
        AND automatic_redrives >= ${redriveWaitsMs.length}
      ORDER BY claimed_at LIMIT ${redrivesPerRun})
    RETURNING ${claimedColumns}`;

/** What became of a dead letter, with the redrives it had, so that a newer decision is not overwritten. */
export interface Settled {
  id: string;
  redrives: number;
  status: "parked" | "recovered" | "archived" | "discarded";
  /** Its scan was cancelled. */
  cancelled?: boolean;
}

/** Writes what became of dead letters, in one batch. One that has moved on since is left as it is. */
export async function settle(
  db: D1Database,
  settled: readonly Settled[],
  now: number,
): Promise<void> {
  if (settled.length === 0) return;
  const waits = JSON.stringify(redriveWaitsMs);
  await db.batch([
    ...settled.flatMap(({ id, cancelled }) => (cancelled ? [settleCancelled(db, id)] : [])),
    ...settled.map(
      ({ id, status, redrives }) => sql(db)`
        UPDATE dead_letters SET status = ${status}, last_seen_at = ${now}, claimed_at = NULL,
          next_redrive_at = iif(next_redrive_at IS NULL, NULL,
            ${now} + coalesce(${waits} ->> automatic_redrives, 0))
        WHERE id = ${id} AND redrives = ${redrives} AND status IN ('parked', 'redriving')`,
    ),
  ]);
}

/** The stage of a dead letter is done. Should this not be written, a later run finds it out. */
export async function markRecovered(db: D1Database, id: string): Promise<void> {
  try {
    await sql(db)`
      UPDATE dead_letters SET status = 'recovered', last_seen_at = ${Date.now()}
      WHERE id = ${id} AND status IN ('parked', 'redriving')`.run();
  } catch (error) {
    log("warn", "dead_letter.recovery_not_recorded", { id, error: String(error) });
  }
}

/** Settles the dead letters of a queue whose bodies are written. Returns how many. */
export async function settleWritten(
  db: D1Database,
  queue: WriteQueue,
  now: number,
): Promise<number> {
  const { meta } = await sql(db)`
    UPDATE dead_letters SET status = 'recovered', last_seen_at = ${now}, claimed_at = NULL
    WHERE kind = 'write' AND source = ${queue} AND status IN ('parked', 'redriving')
      AND ${raw(writeQueues[queue].isWritten)}`.run();
  return meta.changes;
}

/** Deletes dead letters whose retention is over. */
export async function deleteSettled(db: D1Database, now: number): Promise<void> {
  await sql(db)`
    DELETE FROM dead_letters
    WHERE status IN ('archived', 'recovered', 'discarded') AND last_seen_at < ${now - retentionMs}`.run();
}

const OpenCount = z.object({
  kind: DeadLetterKind,
  source: z.string(),
  parked: z.int(),
  redriving: z.int(),
  oldest: z.int(),
});

/** How many dead letters of each source are open, and when the oldest was first seen, Unix ms. */
export const countOpen = (db: D1Database) =>
  select(db, OpenCount)`
    SELECT kind, source, SUM(status = 'parked') AS parked, SUM(status = 'redriving') AS redriving,
      MIN(first_seen_at) AS oldest
    FROM dead_letters WHERE status IN ('parked', 'redriving') GROUP BY kind, source
    ORDER BY kind, source`;
