import { z } from "zod";
import { jsonText, select, sql } from "./platform/sql.ts";

/** Who changes something by hand. */
export const By = z.string().trim().min(1).max(100);
/** Why they do: for operators alone. */
export const Why = z.string().trim().min(1).max(500);

/** What residents are shown of it, in Korean; without it, a general sentence. */
export const Notice = z.string().trim().min(1).max(200);

interface Change {
  by: string;
  action: string;
  target: string;
  detail: object;
}

/** Records a change by hand. */
export async function audit(db: D1Database, change: Change): Promise<void> {
  await auditStatement(db, change).run();
}

/** The same as a statement, for changes that are one batch with it. */
export const auditStatement = (
  db: D1Database,
  { by, action, target, detail }: Change,
): D1PreparedStatement =>
  sql(db)`
    INSERT INTO audit (at, by, action, target, detail)
    VALUES (${Date.now()}, ${by}, ${action}, ${target}, ${JSON.stringify(detail)})`;

const hourMs = 60 * 60 * 1000;

/**
 * Records what was done by hand, unless it was done so often within the last hour, by whomever.
 *
 * @returns whether it was recorded, and may be done.
 */
export async function auditWithin(
  db: D1Database,
  { by, action, target, detail }: Change,
  perHour: number,
): Promise<boolean> {
  const now = Date.now();
  const { meta } = await sql(db)`
    INSERT INTO audit (at, by, action, target, detail)
    SELECT ${now}, ${by}, ${action}, ${target}, ${JSON.stringify(detail)}
    WHERE (SELECT count(*) FROM audit WHERE action = ${action} AND at > ${now - hourMs}) < ${perHour}`.run();
  return meta.changes > 0;
}

/** Asks for the changes before one, by its id. */
export const AuditPage = z.object({
  before: z.coerce.number().int().optional().meta({ description: "The hundred before this `id`." }),
});

export const AuditEntry = z.object({
  id: z.int(),
  at: z.int().meta({ description: "Unix ms." }),
  by: z.string(),
  action: z.string(),
  target: z.string(),
  detail: jsonText(z.unknown()),
});

/** The last hundred changes, or the hundred before one. */
export const listAudit = (db: D1Database, before = Number.MAX_SAFE_INTEGER) =>
  select(db, AuditEntry)`SELECT * FROM audit WHERE id < ${before} ORDER BY id DESC LIMIT 100`;
