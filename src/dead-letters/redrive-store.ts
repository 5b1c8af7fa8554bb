import { z } from "zod";
import { StageName } from "../pipeline/stages/stage-table.ts";
import { auditStatement, By, Why } from "../ops-audit.ts";
import { Claimed } from "./store.ts";

/** Which letters; what is not said does not matter. Times are ISO 8601. */
export const LetterFilter = z.strictObject({
  stage: StageName.optional(),
  fingerprint: z.string().optional(),
  code: z.string().optional(),
  model: z.string().optional(),
  regulation_version: z.string().optional(),
  user_id: z.string().optional(),
  /** Last seen at or after, and before. */
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
});
export type LetterFilter = z.infer<typeof LetterFilter>;

/** What an operator decides about many letters at once, and why. */
export const RedriveRequest = z
  .strictObject({
    action: z.enum(["redrive", "discard", "re-answer"]).default("redrive"),
    filter: LetterFilter,
    /** The stage that a re-answer goes back to. */
    from_stage: StageName.optional(),
    rate_per_second: z.int().min(1).max(100).default(10),
    /** So many first; it stops when more than so many percent of them fail again. */
    canary: z
      .strictObject({
        count: z.int().min(1).max(100),
        max_failed_percent: z.number().min(0).max(100),
      })
      .optional(),
    by: By,
    why: Why,
  })
  .refine((it) => (it.action === "re-answer") === (it.from_stage !== undefined), {
    path: ["from_stage"],
    error: "goes with the action re-answer, and only with it",
  });
export type RedriveRequest = z.infer<typeof RedriveRequest>;

const Row = z.object({
  id: z.string(),
  status: z.enum(["running", "done", "stopped", "aborted"]),
  request: z.string().transform((text) => RedriveRequest.parse(JSON.parse(text))),
  outcome: z.string().nullable(),
  created_at: z.int(),
  ended_at: z.int().nullable(),
});
export type Redrive = z.infer<typeof Row>;

/** The condition of a filter, over parked letters that were there at `before`; ?1 is the filter as JSON, ?2 the time. */
const matching = `
  status = 'parked' AND last_seen_at < ?2 AND job_id IS NOT NULL
  AND (?1 ->> 'stage' IS NULL OR stage = ?1 ->> 'stage')
  AND (?1 ->> 'fingerprint' IS NULL OR fingerprint = ?1 ->> 'fingerprint')
  AND (?1 ->> 'code' IS NULL OR error_code = ?1 ->> 'code')
  AND (?1 ->> 'model' IS NULL OR model = ?1 ->> 'model')
  AND (?1 ->> 'regulation_version' IS NULL OR regulation_version = ?1 ->> 'regulation_version')
  AND (?1 ->> 'user_id' IS NULL OR user_id = ?1 ->> 'user_id')
  AND (?1 ->> 'from' IS NULL OR last_seen_at >= ?1 ->> 'from')
  AND (?1 ->> 'to' IS NULL OR last_seen_at < ?1 ->> 'to')`;

/** A filter as the condition takes it, with its times in Unix ms. */
const filterJson = ({ from, to, ...rest }: LetterFilter): string =>
  JSON.stringify({ ...rest, from: from && Date.parse(from), to: to && Date.parse(to) });

/** How many letters a filter takes now, by cause. */
export async function countMatching(db: D1Database, filter: LetterFilter, now: number) {
  const { results } = await db
    .prepare(
      `SELECT fingerprint, COUNT(*) AS letters FROM dead_letters WHERE ${matching}
       GROUP BY fingerprint ORDER BY letters DESC`,
    )
    .bind(filterJson(filter), now)
    .all();
  return z.array(z.object({ fingerprint: z.string(), letters: z.int() })).parse(results);
}

/** Notes a redrive that is to run, with its audit row. */
export async function createRedrive(
  db: D1Database,
  id: string,
  request: RedriveRequest,
  now: number,
): Promise<void> {
  const { action, by, why } = request;
  await db.batch([
    db
      .prepare(
        "INSERT INTO redrives (id, action, status, request, by, why, created_at) VALUES (?, ?, 'running', ?, ?, ?, ?)",
      )
      .bind(id, action, JSON.stringify(request), by, why, now),
    auditStatement(db, { by, action: `redrive.${action}`, target: id, detail: request }),
  ]);
}

export async function readRedrive(db: D1Database, id: string): Promise<Redrive | null> {
  const row = await db.prepare("SELECT * FROM redrives WHERE id = ?").bind(id).first();
  return row && Row.parse(row);
}

export async function listRedrives(db: D1Database, limit: number): Promise<Redrive[]> {
  const query = "SELECT * FROM redrives ORDER BY created_at DESC LIMIT ?";
  const { results } = await db.prepare(query).bind(limit).all();
  return results.map((row) => Row.parse(row));
}

/** The redrives that are to go on, whoever has stopped running them. */
export async function runningRedrives(db: D1Database): Promise<string[]> {
  const query = "SELECT id FROM redrives WHERE status = 'running'";
  const { results } = await db.prepare(query).all<{ id: string }>();
  return results.map(({ id }) => id);
}

/** Ends a redrive that runs; one that has ended stays as it is. */
export async function endRedrive(
  db: D1Database,
  id: string,
  status: Exclude<Redrive["status"], "running">,
  outcome: string,
  now: number,
): Promise<boolean> {
  const { meta } = await db
    .prepare(
      "UPDATE redrives SET status = ?, outcome = ?, ended_at = ? WHERE id = ? AND status = 'running'",
    )
    .bind(status, outcome, now, id)
    .run();
  return meta.changes > 0;
}

/** How many letters a redrive has taken, by what has become of them. */
export async function progressOf(db: D1Database, id: string) {
  const { results } = await db
    .prepare(
      "SELECT status, COUNT(*) AS letters FROM dead_letters WHERE redrive_id = ? GROUP BY status",
    )
    .bind(id)
    .all();
  const counts = new Map(
    z
      .array(z.object({ status: z.string(), letters: z.int() }))
      .parse(results)
      .map(({ status, letters }) => [status, letters]),
  );
  const count = (status: string) => counts.get(status) ?? 0;
  return {
    taken: [...counts.values()].reduce((sum, letters) => sum + letters, 0),
    running: count("redriving"),
    recovered: count("recovered"),
    failed_again: count("parked") + count("archived"),
    discarded: count("discarded"),
  };
}

/** Takes letters for a redrive that runs, alone; those that came after it began are not its own. */
export async function claimMatching(
  db: D1Database,
  { id, request, created_at }: Redrive,
  limit: number,
  now: number,
): Promise<Claimed[]> {
  const { results } = await db
    .prepare(
      `UPDATE dead_letters SET status = 'redriving', redrives = redrives + 1, claimed_at = ?3, redrive_id = ?4
       WHERE id IN (SELECT id FROM dead_letters WHERE ${matching} ORDER BY last_seen_at, id LIMIT ?5)
       RETURNING id, job_id, stage, redrives`,
    )
    .bind(filterJson(request.filter), created_at, now, id, limit)
    .all();
  return results.map((row) => Claimed.parse(row));
}

/** Marks letters that a discard is to give up, which may be said again. */
export async function markMatching(
  db: D1Database,
  { id, request, created_at }: Redrive,
  limit: number,
): Promise<Claimed[]> {
  const { results } = await db
    .prepare(
      `UPDATE dead_letters SET redrive_id = ?3
       WHERE id IN (SELECT id FROM dead_letters WHERE ${matching} ORDER BY last_seen_at, id LIMIT ?4)
       RETURNING id, job_id, stage, redrives`,
    )
    .bind(filterJson(request.filter), created_at, id, limit)
    .all();
  return results.map((row) => Claimed.parse(row));
}
