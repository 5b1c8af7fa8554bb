import { z } from "zod";
import { sha256 } from "../platform/sha256.ts";

/** How much was removed, by what it was. */
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
 * Writes that a user is erased from now on, with the receipt: what is on its way and older is dropped
 * when it arrives. Saying it again changes nothing.
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

/** Notes how far an erasure has come, and when it has ended. */
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

/** A user's own receipt; null for anybody else's. */
export async function readReceipt(db: D1Database, id: string, userId: string) {
  const row = await db
    .prepare(
      "SELECT id, status, removed, requested_at, ended_at FROM erasures WHERE id = ? AND user_hash = ?",
    )
    .bind(id, await sha256(userId))
    .first();
  return row ? Row.parse(row) : null;
}
