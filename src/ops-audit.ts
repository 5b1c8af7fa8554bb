import { z } from "zod";
import { parsePage } from "./platform/parse-rows.ts";
import { allOf, equal, type Fragment, fragment, jsonText, raw, sql } from "./platform/sql.ts";

/** Who changes something by hand. */
export const By = z.string().trim().min(1).max(100);
/** Why they do: for operators alone. */
export const Why = z.string().trim().min(1).max(500);

/** What residents are shown of it, in Korean; without it, a general sentence. */
export const Notice = z.string().trim().min(1).max(200);

export interface Change {
  by: string;
  action: string;
  target: string;
  detail: object;
}

/** Records a change by hand. */
export async function audit(db: D1Database, change: Change): Promise<void> {
  await auditStatement(db, change).run();
}

/** The same as a statement, for changes that are one batch with it, and for those that are made on a condition. */
export const auditStatement = (
  db: D1Database,
  { by, action, target, detail }: Change,
  condition: Fragment = raw("true"),
): D1PreparedStatement =>
  sql(db)`
    INSERT INTO audit (at, by, action, target, detail)
    SELECT ${Date.now()}, ${by}, ${action}, ${target}, ${JSON.stringify(detail)} WHERE ${condition}`;

const hourMs = 60 * 60 * 1000;

/**
 * Records a change, unless `perHour` with the same action were recorded within the last hour.
 * @returns 0 when it was recorded, and may be done; else ms until it may.
 */
export async function auditWithinLimit(
  db: D1Database,
  change: Change,
  perHour: number,
): Promise<number> {
  const now = Date.now();
  const within = fragment`FROM audit WHERE action = ${change.action} AND at > ${now - hourMs}`;
  const isWithinLimit = fragment`(SELECT count(*) ${within}) < ${perHour}`;
  const { meta } = await auditStatement(db, change, isWithinLimit).run();
  if (meta.changes > 0) return 0;
  const oldest = await sql(db)`SELECT min(at) AS at ${within}`.first<number | null>("at");
  return Math.max(1, (oldest ?? now) + hourMs - now);
}

const time = z.iso.datetime({ offset: true }).transform(Date.parse).optional();

/** Which changes. */
export const AuditFilter = z.object({
  by: z.string().max(100).optional().meta({ description: "Changes by this operator." }),
  action: z.string().max(100).optional().meta({
    description: "The beginning of an action's name: `redrive` has `redrive.abort`, too.",
  }),
  target: z.string().max(255).optional().meta({ description: "Changes of this." }),
  from: time.meta({ description: "At or after this time." }),
  to: time.meta({ description: "Before this time." }),
});

/** Asks for the changes before one, by its id. */
export const AuditPage = AuditFilter.extend({
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, { error: "is not a cursor of this list" })
    .transform(Number)
    .optional()
    .meta({ description: "The `next_cursor` of the page before." }),
});

export const AuditEntry = z.object({
  id: z.int(),
  at: z.int().meta({ description: "Unix ms." }),
  by: z.string(),
  action: z.string(),
  target: z.string(),
  detail: jsonText(z.unknown()),
});

/** How many changes a page of the export has. */
export const auditExportSize = 5_000;

/** Asks for the changes after one, by its id. */
export const AuditExport = AuditFilter.extend({
  format: z.enum(["ndjson", "csv"]).default("ndjson"),
  after: z.coerce
    .number()
    .int()
    .nonnegative()
    .default(0)
    .meta({ description: "The `id` of the last line that the caller has." }),
});

type Filter = z.infer<typeof AuditFilter>;

const matching = ({ action, from, to, ...columns }: Filter) => [
  ...equal(columns),
  ...(action === undefined ? [] : [fragment`instr(action, ${action}) = 1`]),
  ...(from === undefined ? [] : [fragment`at >= ${from}`]),
  ...(to === undefined ? [] : [fragment`at < ${to}`]),
];

/** The last hundred changes, or the hundred before one, and the cursor of those before; null after the last. */
export async function listAudit(
  db: D1Database,
  { cursor = Number.MAX_SAFE_INTEGER, ...filter }: z.output<typeof AuditPage> = {},
) {
  const beforeCursor = fragment`id < ${cursor}`;
  const { items, last } = await readAudit(db, [beforeCursor, ...matching(filter)], "DESC", 100);
  return { entries: items, next_cursor: last && String(last.id) };
}

/** The changes after one, the oldest first, and the id of the last; null when there are no more. */
export async function exportAudit(
  db: D1Database,
  { after, ...filter }: Omit<z.output<typeof AuditExport>, "format">,
) {
  const where = [fragment`id > ${after}`, ...matching(filter)];
  const { items, last } = await readAudit(db, where, "ASC", auditExportSize);
  return { entries: items, next: last && last.id };
}

/** A row that cannot be read hides none of those behind it. */
async function readAudit(
  db: D1Database,
  where: readonly Fragment[],
  order: "ASC" | "DESC",
  limit: number,
) {
  const { results: rows } = await sql(db)`
    SELECT * FROM audit WHERE ${allOf(where)} ORDER BY id ${raw(order)} LIMIT ${limit + 1}`.all();
  return parsePage(AuditEntry, AuditEntry.pick({ id: true }), { rows, limit, store: "audit" });
}
