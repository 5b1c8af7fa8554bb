import { z } from "zod";

/** A row of `alerts`; times are Unix ms. */
export const Alert = z.object({
  id: z.string(),
  rule: z.string(),
  target: z.string(),
  value: z.number(),
  threshold: z.number(),
  opened_at: z.int(),
  last_seen_at: z.int(),
  resolved_at: z.int().nullable(),
  opened_told_at: z.int().nullable(),
  resolved_told_at: z.int().nullable(),
  attempts: z.int(),
  last_error: z.string().nullable(),
  claimed_until: z.int(),
});
export type Alert = z.infer<typeof Alert>;
const Alerts = z.array(Alert);

/** Something that is wrong now. */
export interface Firing {
  rule: string;
  target: string;
  value: number;
  threshold: number;
}

/** How long a resolved alert is listed, ms. */
const keptMs = 7 * 24 * 60 * 60 * 1000;
/** Alerts that are so old are not told any more, ms. */
const worthTellingMs = 24 * 60 * 60 * 1000;
/** How long who tells has others stay away, ms: two POSTs and some slack. */
export const claimMs = 60_000;
/** At most so many are told a run. */
const toldPerRun = 20;
const shown = 100;

/**
 * Opens what is wrong and not open yet, and resolves what is open and neither wrong nor unknown, in
 * one transaction; gives what this call has opened and resolved. Calls at the same time open and
 * resolve each alert once.
 */
export async function reconcile(
  db: D1Database,
  firing: readonly Firing[],
  unknown: readonly Pick<Firing, "rule" | "target">[],
  now: number,
): Promise<{ opened: Alert[]; resolved: Alert[] }> {
  const rows = firing.map((it) => Object.assign({ id: crypto.randomUUID() }, it));
  const untouched = [...firing, ...unknown].map(({ rule, target }) => [rule, target]);
  const [written, ended] = await db.batch([
    db
      .prepare(
        `INSERT INTO alerts (id, rule, target, value, threshold, opened_at, last_seen_at)
         SELECT value ->> 'id', value ->> 'rule', value ->> 'target', value ->> 'value',
           value ->> 'threshold', ?2, ?2
         FROM json_each(?1) WHERE true
         ON CONFLICT (rule, target) WHERE resolved_at IS NULL DO UPDATE SET
           value = excluded.value, threshold = excluded.threshold,
           last_seen_at = max(alerts.last_seen_at, excluded.last_seen_at)
         RETURNING *`,
      )
      .bind(JSON.stringify(rows), now),
    db
      .prepare(
        `UPDATE alerts SET resolved_at = ?2, last_seen_at = max(last_seen_at, ?2)
         WHERE resolved_at IS NULL AND NOT EXISTS (
           SELECT 1 FROM json_each(?1) AS kept
           WHERE kept.value ->> 0 = alerts.rule AND kept.value ->> 1 = alerts.target)
         RETURNING *`,
      )
      .bind(JSON.stringify(untouched), now),
    db.prepare("DELETE FROM alerts WHERE resolved_at < ?").bind(now - keptMs),
  ]);
  const mine = new Set(rows.map(({ id }) => id));
  return {
    opened: Alerts.parse(written?.results).filter(({ id }) => mine.has(id)),
    resolved: Alerts.parse(ended?.results),
  };
}

/** Takes alerts whose receiver is still to be told; who takes one has it alone for `claimMs`. */
export async function claimUntold(db: D1Database, now: number): Promise<Alert[]> {
  const { results } = await db
    .prepare(
      `UPDATE alerts SET claimed_until = ?2, attempts = attempts + 1
       WHERE id IN (
         SELECT id FROM alerts
         WHERE (opened_told_at IS NULL OR (resolved_at IS NOT NULL AND resolved_told_at IS NULL))
           AND claimed_until <= ?1 AND last_seen_at >= ?3
         ORDER BY opened_at, id LIMIT ?4)
       RETURNING *`,
    )
    .bind(now, now + claimMs, now - worthTellingMs, toldPerRun)
    .all();
  return Alerts.parse(results);
}

/** What its receiver has accepted, and why not the rest; lets others try again. */
export async function noteTold(
  db: D1Database,
  { id, claimed_until }: Alert,
  told: { opened: number | null; resolved: number | null; error: string | null },
): Promise<void> {
  await db
    .prepare(
      `UPDATE alerts SET opened_told_at = coalesce(opened_told_at, ?2),
         resolved_told_at = coalesce(resolved_told_at, ?3), last_error = ?4,
         claimed_until = iif(claimed_until = ?5, 0, claimed_until)
       WHERE id = ?1`,
    )
    .bind(id, told.opened, told.resolved, told.error, claimed_until)
    .run();
}

/** Those that are open, and then the last that were resolved. */
export async function listAlerts(db: D1Database): Promise<Alert[]> {
  const { results } = await db
    .prepare(
      `SELECT * FROM alerts
       ORDER BY resolved_at IS NOT NULL, last_seen_at DESC, opened_at DESC, rule, target LIMIT ?`,
    )
    .bind(shown)
    .all();
  return Alerts.parse(results);
}

export const openByRule = (db: D1Database): D1PreparedStatement =>
  db.prepare("SELECT rule, count(*) AS alerts FROM alerts WHERE resolved_at IS NULL GROUP BY rule");
export const RuleCount = z.object({ rule: z.string(), alerts: z.int() });
