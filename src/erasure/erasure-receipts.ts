import { z } from "zod";
import { sha256 } from "../platform/sha256.ts";
import { jsonText, selectAll, sql } from "../platform/sql.ts";

/** How many items were removed, by step. */
export const Removed = z.record(z.string(), z.int());
export type Removed = z.infer<typeof Removed>;

const Row = z.object({
  id: z.string(),
  status: z.enum(["running", "done"]),
  removed: jsonText(Removed),
  requested_at: z.int(),
  ended_at: z.int().nullable(),
});
export type Receipt = z.infer<typeof Row>;

const erasedNow = (db: D1Database, hash: string) =>
  sql(db)`INSERT INTO erased_users (user_hash, erased_at) VALUES (${hash}, ${Date.now()})
    ON CONFLICT (user_hash) DO UPDATE SET erased_at = MAX(erased_at, excluded.erased_at)`;

/** Marks a user as erased now, without a receipt. */
export const markErased = async (db: D1Database, userId: string): Promise<unknown> =>
  erasedNow(db, await sha256(userId)).run();

/**
 * Marks a user as erased now and opens the receipt, in one transaction. From then on late writes of the user
 * that are older are dropped. Each pass calls it again, so that what was written since is dropped, too.
 */
export async function openReceipt(db: D1Database, id: string, userId: string, requestedAt: number) {
  const hash = await sha256(userId);
  await db.batch([
    erasedNow(db, hash),
    sql(db)`INSERT INTO erasures (id, user_hash, status, removed, requested_at)
      VALUES (${id}, ${hash}, 'running', '{}', ${requestedAt}) ON CONFLICT (id) DO NOTHING`,
  ]);
}

/** Records the progress of an erasure, and its end. */
export const writeReceipt = (
  db: D1Database,
  id: string,
  removed: Removed,
  endedAt: number | null,
): Promise<unknown> =>
  sql(db)`UPDATE erasures SET removed = ${JSON.stringify(removed)},
    status = ${endedAt === null ? "running" : "done"}, ended_at = ${endedAt} WHERE id = ${id}`.run();

/** A receipt of this user; null for another user's. */
export async function readReceipt(db: D1Database, id: string, userId: string) {
  const [receipt] = await selectAll(db, Row)`
    SELECT id, status, removed, requested_at, ended_at FROM erasures
    WHERE id = ${id} AND user_hash = ${await sha256(userId)}`;
  return receipt ?? null;
}
