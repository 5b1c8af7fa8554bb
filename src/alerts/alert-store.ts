import { z } from "zod";
import { parseRows } from "../platform/parse-rows.ts";
import { equal, select, sql } from "../platform/sql.ts";
import { readTablePage, tablePage } from "../platform/table-page.ts";

/** A row of `alerts`. It fires until `resolved_at`. Times are Unix ms. */
export const Alert = z.object({
  id: z.string(),
  rule: z.string(),
  target: z.string(),
  value: z.number(),
  threshold: z.number(),
  cause: z.string().nullable(),
  opened_at: z.int(),
  last_seen_at: z.int(),
  resolved_at: z.int().nullable(),
  opened_delivered_at: z.int().nullable(),
  resolved_delivered_at: z.int().nullable(),
  attempts: z.int(),
  last_error: z.string().nullable(),
  claimed_until: z.int(),
});
export type Alert = z.infer<typeof Alert>;

const from = { store: "alerts" };

/** What a rule found above its threshold. */
export type FiringAlert = Pick<Alert, "rule" | "target" | "value" | "threshold"> & {
  cause?: string | undefined;
};

/** How long a resolved alert is kept, ms. */
const retentionMs = 90 * 24 * 60 * 60 * 1000;
/** How old a resolved alert of the short list may be, ms. */
const recentMs = 7 * 24 * 60 * 60 * 1000;
/** How long an alert's notifications are retried, ms. */
const deliveryWindowMs = 24 * 60 * 60 * 1000;
/** How long a claim excludes other runs, ms: two POSTs and some slack. */
export const claimMs = 60_000;
const deliveriesPerRun = 20;
const listed = 100;

/**
 * Opens an alert for what fires, and resolves the open alerts that neither fire nor are unknown, in one
 * transaction. Concurrent calls open and resolve each alert once.
 *
 * @returns what this call opened and resolved.
 */
export async function reconcile(
  db: D1Database,
  firing: readonly FiringAlert[],
  unknown: readonly Pick<FiringAlert, "rule" | "target">[],
  now: number,
): Promise<{ opened: Alert[]; resolved: Alert[] }> {
  const rows = firing.map((it) => Object.assign({ id: crypto.randomUUID() }, it));
  const untouched = [...firing, ...unknown].map(({ rule, target }) => [rule, target]);
  const [written, ended] = await db.batch([
    sql(db)`
      INSERT INTO alerts (id, rule, target, value, threshold, cause, opened_at, last_seen_at)
      SELECT value ->> 'id', value ->> 'rule', value ->> 'target', value ->> 'value',
        value ->> 'threshold', value ->> 'cause', ${now}, ${now}
      FROM json_each(${JSON.stringify(rows)}) WHERE true
      ON CONFLICT (rule, target) WHERE resolved_at IS NULL DO UPDATE SET
        value = excluded.value, threshold = excluded.threshold,
        cause = coalesce(alerts.cause, excluded.cause),
        last_seen_at = max(alerts.last_seen_at, excluded.last_seen_at)
      RETURNING *`,
    sql(db)`
      UPDATE alerts SET resolved_at = ${now}, last_seen_at = max(last_seen_at, ${now})
      WHERE resolved_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM json_each(${JSON.stringify(untouched)}) AS untouched
        WHERE untouched.value ->> 0 = alerts.rule AND untouched.value ->> 1 = alerts.target)
      RETURNING *`,
    sql(db)`DELETE FROM alerts WHERE resolved_at < ${now - retentionMs}`,
  ]);
  const mine = new Set(rows.map(({ id }) => id));
  return {
    opened: parseRows(Alert, written?.results, from).filter(({ id }) => mine.has(id)),
    resolved: parseRows(Alert, ended?.results, from),
  };
}

/** Claims alerts with a notification to deliver. Each is claimed by one caller for `claimMs`. */
export const claimUndelivered = (db: D1Database, now: number): Promise<Alert[]> =>
  select(db, Alert)`
    UPDATE alerts SET claimed_until = ${now + claimMs}, attempts = attempts + 1
    WHERE id IN (
      SELECT id FROM alerts
      WHERE (opened_delivered_at IS NULL OR (resolved_at IS NOT NULL AND resolved_delivered_at IS NULL))
        AND claimed_until <= ${now} AND last_seen_at >= ${now - deliveryWindowMs}
      ORDER BY opened_at, id LIMIT ${deliveriesPerRun})
    RETURNING *`;

/** When the receiver accepted each notification, Unix ms, and why not the other. */
export interface DeliveryResult {
  openedAt: number | null;
  resolvedAt: number | null;
  error: string | null;
}

/** Records a delivery and releases its claim. */
export async function recordDelivery(
  db: D1Database,
  { id, claimed_until }: Alert,
  { openedAt, resolvedAt, error }: DeliveryResult,
): Promise<void> {
  await sql(db)`
    UPDATE alerts SET opened_delivered_at = coalesce(opened_delivered_at, ${openedAt}),
      resolved_delivered_at = coalesce(resolved_delivered_at, ${resolvedAt}), last_error = ${error},
      claimed_until = iif(claimed_until = ${claimed_until}, 0, claimed_until)
    WHERE id = ${id}`.run();
}

/** The open alerts, latest first. */
export const listOpenAlerts = (db: D1Database): Promise<Alert[]> =>
  select(db, Alert)`
    SELECT * FROM alerts WHERE resolved_at IS NULL
    ORDER BY last_seen_at DESC, opened_at DESC, rule, target LIMIT ${listed}`;

/** The open alerts, and then those that were resolved within a week, latest first. */
export const listAlerts = (db: D1Database, now = Date.now()): Promise<Alert[]> =>
  select(db, Alert)`
    SELECT * FROM alerts WHERE resolved_at IS NULL OR resolved_at >= ${now - recentMs}
    ORDER BY resolved_at IS NOT NULL, last_seen_at DESC, opened_at DESC, rule, target
    LIMIT ${listed}`;

/** Asks for a page of the history. */
export const AlertPage = z.object({
  rule: z.string().max(100).optional().meta({ description: "Alerts of this rule." }),
  target: z.string().max(255).optional().meta({ description: "Alerts of this target." }),
  ...tablePage,
});

/** A page of all alerts of the last 90 days, the last opened first. */
export async function listAlertHistory(
  db: D1Database,
  { cursor, limit, ...filter }: z.infer<typeof AlertPage>,
) {
  const { items, next_cursor } = await readTablePage(db, Alert, {
    of: { table: "alerts", at: "opened_at", id: "id" },
    where: equal(filter),
    limit,
    cursor,
  });
  return { alerts: items, next_cursor };
}

export const openByRule = (db: D1Database): D1PreparedStatement =>
  db.prepare("SELECT rule, count(*) AS alerts FROM alerts WHERE resolved_at IS NULL GROUP BY rule");
export const RuleCount = z.object({ rule: z.string(), alerts: z.int() });
