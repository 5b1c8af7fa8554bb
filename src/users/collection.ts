import { z } from "zod";
import { iso } from "../platform/iso.ts";
import { defaultLabel } from "../characters/character-catalog.ts";

/** A character of a user. Times are ISO 8601. */
export const Collected = z.object({
  id: z.string(),
  code: z.string(),
  name: z.string(),
  type: z.string(),
  dialog: z.string(),
  acquired_at: z
    .int()
    .transform((at) => iso(at))
    .pipe(z.iso.datetime()),
});
export type Collected = z.infer<typeof Collected>;

const selectCollection = `
  SELECT id, code, name, type, dialog, acquired_at FROM user_characters
  WHERE user_id = ? ORDER BY acquired_at, code`;

const hasNone = "NOT EXISTS (SELECT 1 FROM user_characters WHERE user_id = ?1)";

/** A user's characters, newest last. A user without any gets the default one. */
export async function collectionOf(db: D1Database, userId: string): Promise<Collected[]> {
  const { results } = await db.prepare(selectCollection).bind(userId).all();
  return z.array(Collected).parse(results.length > 0 ? results : await grantDefault(db, userId));
}

/** D1 runs concurrent batches one after another: the first inserts, and the others find its rows. */
async function grantDefault(db: D1Database, userId: string): Promise<unknown[]> {
  const [, , found] = await db.batch([
    db
      .prepare(
        `INSERT INTO character_ownerships (id, user_id, character_code, acquired_at)
         SELECT ?2, ?1, code, ?3 FROM characters WHERE match_label = ?4 AND ${hasNone}
         ON CONFLICT DO NOTHING`,
      )
      .bind(userId, crypto.randomUUID(), Date.now(), defaultLabel),
    db
      .prepare(
        `INSERT INTO user_characters (id, user_id, code, name, type, dialog, acquired_at, given_at)
         SELECT owned.id, ?1, code, name, type, dialog, owned.acquired_at, owned.acquired_at
         FROM characters JOIN character_ownerships AS owned
           ON owned.user_id = ?1 AND owned.character_code = code
         WHERE match_label = ?2 AND ${hasNone}`,
      )
      .bind(userId, defaultLabel),
    db.prepare(selectCollection).bind(userId),
  ]);
  return found?.results ?? [];
}
