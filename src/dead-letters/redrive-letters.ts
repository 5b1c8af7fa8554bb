import { z } from "zod";
import { type Fragment, fragment, raw, select, sql } from "../platform/sql.ts";

const Row = z.object({
  redrive_id: z.string(),
  outcome: z
    .enum(["recovered", "failed_again", "cancelled", "discarded", "left_parked"])
    .nullable(),
  is_taken: z.int(),
  count: z.int(),
  free: z.int(),
});

/** How many dead letters a redrive takes, by what has become of each. */
export async function progressOf(db: D1Database, id: string): Promise<RedriveProgress> {
  return (await progressOfAll(db, [id]))(id);
}

/** The progress of several redrives by one query, by the id of each. */
export async function progressOfAll(
  db: D1Database,
  ids: readonly string[],
): Promise<(id: string) => RedriveProgress> {
  const rows = await select(db, Row)`
    SELECT redrive_id, outcome, taken_at IS NOT NULL AS is_taken, COUNT(*) AS count,
      COUNT(*) FILTER (WHERE outcome = 'left_parked' AND EXISTS (SELECT 1 FROM dead_letters
        WHERE id = redrive_letters.dead_letter_id AND status = 'parked' AND ${isFree})) AS free
    FROM redrive_letters WHERE redrive_id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))
    GROUP BY redrive_id, outcome, is_taken`;
  return (id) => progressIn(rows.filter((row) => row.redrive_id === id));
}

export type RedriveProgress = ReturnType<typeof progressIn>;

/** A later redrive changes none of it but `rest`. */
function progressIn(rows: readonly z.infer<typeof Row>[]) {
  const count = (matches: (row: z.infer<typeof Row>) => boolean) =>
    rows.reduce((sum, row) => sum + (matches(row) ? row.count : 0), 0);
  const of = (outcome: z.infer<typeof Row>["outcome"]) => count((row) => row.outcome === outcome);
  return {
    taken: count((row) => row.is_taken === 1),
    running: count((row) => row.is_taken === 1 && row.outcome === null),
    recovered: of("recovered"),
    failed_again: of("failed_again"),
    cancelled: of("cancelled"),
    discarded: of("discarded"),
    left_parked: of("left_parked"),
    remaining: count((row) => row.is_taken === 0 && row.outcome === null),
    /** Of those left parked, what a redrive can take now. */
    rest: rows.reduce((sum, { free }) => sum + free, 0),
  };
}

/** The condition that no redrive is to take a dead letter. */
export const isFree: Fragment = raw(`NOT EXISTS (SELECT 1 FROM redrive_letters AS held
  WHERE held.dead_letter_id = dead_letters.id AND held.outcome IS NULL)`);

/** The condition that a redrive which has ended left a dead letter parked. */
export const isLeftBy = (redriveId: string): Fragment => fragment`id IN (
  SELECT dead_letter_id FROM redrive_letters
  WHERE redrive_id = ${redriveId} AND outcome = 'left_parked')`;

/** Holds the dead letters of a condition for a redrive: nobody else takes them until it ends. */
export const holdMatching = (db: D1Database, redriveId: string, matching: Fragment) => sql(db)`
  INSERT INTO redrive_letters (redrive_id, dead_letter_id)
  SELECT ${redriveId}, id FROM dead_letters WHERE ${matching}`;

/** How long one that a redrive has taken, and that is parked as before, is taken again, and how often, ms. */
const takenAgainMs = 60_000;
const takenEveryMs = 10_000;

/**
 * Those that a redrive holds and that are still parked, the oldest first; before those that it has just taken in vain,
 * and without those that it takes in vain for long: such a scan may be unreadable.
 */
export const firstHeld = (redriveId: string, limit: number, now: number): Fragment => fragment`
  SELECT id FROM redrive_letters JOIN dead_letters ON id = dead_letter_id
  WHERE redrive_letters.redrive_id = ${redriveId} AND outcome IS NULL AND status = 'parked'
    AND coalesce(taken_at > ${now - takenAgainMs}, true)
  ORDER BY coalesce(claimed_at > ${now - takenEveryMs}, false), last_seen_at, id LIMIT ${limit}`;

/** Lets go of what a redrive that has ended did not take: what is still parked was left so. */
export const letGo = (db: D1Database, redriveId: string): D1PreparedStatement[] => [
  sql(db)`
    UPDATE redrive_letters SET outcome = 'left_parked'
    WHERE redrive_id = ${redriveId} AND outcome IS NULL
      AND EXISTS (SELECT 1 FROM dead_letters WHERE id = dead_letter_id AND status = 'parked')
      AND ${hasEnded(redriveId)}`,
  sql(db)`
    DELETE FROM redrive_letters
    WHERE redrive_id = ${redriveId} AND outcome IS NULL AND taken_at IS NULL
      AND ${hasEnded(redriveId)}`,
];

const hasEnded = (redriveId: string): Fragment =>
  fragment`EXISTS (SELECT 1 FROM redrives WHERE id = ${redriveId} AND status <> 'running')`;

/** The scan of a dead letter was cancelled while it was redriven. */
export const settleCancelled = (db: D1Database, id: string) => sql(db)`
  UPDATE redrive_letters SET outcome = 'cancelled'
  WHERE dead_letter_id = ${id} AND outcome IS NULL AND taken_at IS NOT NULL`;
