import { z } from "zod";
import { sha256 } from "../platform/sha256.ts";

/** How many items were removed, by step. */
export const Removed = z.record(z.string(), z.int());
export type Removed = z.infer<typeof Removed>;

const Row = z.object({
  id: z.string(),
  status: z.enum(["running", "done"]),
  removed: z.string().transform((text) => Removed.parse(JSON.parse(text))),
  requested_at: z.int(),
  ended_at: z.int().nullable(),
});
export type Receipt = z.infer<typeof Row>;

/**
 * Marks a user as erased and opens the receipt, in one transaction. From then on late writes of the user
 * that are older are dropped. Idempotent.
 */
export async function openReceipt(db: D1Database, id: string, userId: string, now: number) {
  const hash = await sha256(userId);
  await db.batch([
    db
      .prepare(
        `INSERT INTO erased_users (user_hash, erased_at) VALUES (?1, ?2)
         ON CONFLICT (user_hash) DO UPDATE SET erased_at = MAX(erased_at, excluded.erased_at)`,
      )
      .bind(hash, now),
    db
      .prepare(
        `INSERT INTO erasures (id, user_hash, status, removed, requested_at)
         VALUES (?, ?, 'running', '{}', ?) ON CONFLICT (id) DO NOTHING`,
      )
      .bind(id, hash, now),
  ]);
}

/** Records the progress of an erasure, and its end. */
export const writeReceipt = (
  db: D1Database,
  id: string,
  removed: Removed,
  endedAt: number | null,
): Promise<unknown> =>
  db
    .prepare("UPDATE erasures SET removed = ?, status = ?, ended_at = ? WHERE id = ?")
    .bind(JSON.stringify(removed), endedAt === null ? "running" : "done", endedAt, id)
    .run();

/** A receipt of this user; null for another user's. */
export async function readReceipt(db: D1Database, id: string, userId: string) {
  const row = await db
    .prepare(
      "SELECT id, status, removed, requested_at, ended_at FROM erasures WHERE id = ? AND user_hash = ?",
    )
    .bind(id, await sha256(userId))
    .first();
  return row ? Row.parse(row) : null;
}
