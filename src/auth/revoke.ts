import { z } from "zod";
import { auditStatement } from "../ops-audit.ts";
import { pseudonymOf } from "../users/pseudonym.ts";
import { Revocation, RevocationKind, storedValueOf } from "./revocation.ts";
import { cleanupStatements, revocationStatements } from "./revocation-store.ts";
import { appendChange } from "../events/append-change.ts";
import { equal, fragment, sql } from "../platform/sql.ts";
import { readTablePage, tablePage } from "../platform/table-page.ts";

const targetOf = ({ kind, value }: { kind: string; value: string }) => `${kind} ${value}`;

/** Revokes for an operator, and audits it. */
export async function revoke(db: D1Database, order: Revocation): Promise<Revocation> {
  const { kind, by, why, until } = order;
  const revocation = { ...order, value: await storedValueOf(kind, order.value) };
  await db.batch([
    ...cleanupStatements(db, revocation.revoked_at),
    ...revocationStatements(db, revocation),
    auditStatement(db, {
      by,
      action: "revocation.add",
      target: targetOf(revocation),
      detail: { why, until },
    }),
  ]);
  return revocation;
}

/**
 * Deletes a revocation, and audits it.
 * @returns false when there was none.
 */
export async function unrevoke(
  db: D1Database,
  { kind, by, value: given }: { kind: string; value: string; by: string },
): Promise<boolean> {
  const value = await storedValueOf(kind, given);
  const target = targetOf({ kind, value });
  const named = fragment`kind = ${kind} AND value = ${value}`;
  const known = RevocationKind.safeParse(kind);
  const [removed] = (
    await db.batch([
      auditStatement(db, { by, action: "revocation.remove", target, detail: {} }),
      ...(known.success
        ? [
            appendChange(
              db,
              { type: "token.restored", data: { kind: known.data, value } },
              Date.now(),
              fragment`EXISTS (SELECT 1 FROM revocations WHERE ${named})`,
            ),
          ]
        : []),
      sql(db)`DELETE FROM revocations WHERE ${named}`,
    ])
  ).slice(-1);
  return (removed?.meta.changes ?? 0) > 0;
}

/** The query of a page of revocations, newest first. */
export const RevocationPage = z.object({
  kind: RevocationKind.optional(),
  value: z.string().max(255).optional(),
  ...tablePage,
});

/** A page of the revocations in effect, with the cursor of the next page; null after the last. */
export async function listRevocations(
  db: D1Database,
  { kind, value, limit, cursor }: z.infer<typeof RevocationPage>,
  now: number,
) {
  const values = value === undefined ? null : JSON.stringify([value, await pseudonymOf(value)]);
  const { items, next_cursor } = await readTablePage(db, Revocation, {
    of: { table: "revocations", at: "revoked_at", id: "kind || ' ' || value" },
    where: [
      fragment`(until IS NULL OR until > ${now})`,
      ...equal({ kind }),
      ...(values === null ? [] : [fragment`value IN (SELECT value FROM json_each(${values}))`]),
    ],
    limit,
    cursor,
  });
  return { revocations: items, next_cursor };
}
