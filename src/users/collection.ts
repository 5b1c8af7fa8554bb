import { z } from "zod";
import { isoTime } from "../platform/iso.ts";
import { defaultLabel } from "../characters/character-catalog.ts";
import { sql } from "../platform/sql.ts";

/** A character of a user. Times are ISO 8601. */
export const Collected = z.object({
  id: z.string(),
  code: z.string(),
  name: z.string(),
  type: z.string(),
  dialog: z.string(),
  acquired_at: isoTime,
});
export type Collected = z.infer<typeof Collected>;

const selectCollection = (db: D1Database, userId: string) =>
  sql(db)`SELECT id, code, name, type, dialog, acquired_at FROM user_characters
    WHERE user_id = ${userId} ORDER BY acquired_at, code`;

/** A user's characters, newest last. A user without any gets the default one. */
export async function collectionOf(db: D1Database, userId: string): Promise<Collected[]> {
  const { results } = await selectCollection(db, userId).all();
  return z.array(Collected).parse(results.length > 0 ? results : await grantDefault(db, userId));
}

/** D1 runs concurrent batches one after another: the first inserts, and the others find its rows. */
async function grantDefault(db: D1Database, userId: string): Promise<unknown[]> {
  const [, , found] = await db.batch([
    sql(db)`
      INSERT INTO character_ownerships (id, user_id, character_code, acquired_at)
      SELECT ${crypto.randomUUID()}, ${userId}, code, ${Date.now()} FROM characters
      WHERE match_label = ${defaultLabel}
        AND NOT EXISTS (SELECT 1 FROM user_characters WHERE user_id = ${userId})
      ON CONFLICT DO NOTHING`,
    sql(db)`
      INSERT INTO user_characters (id, user_id, code, name, type, dialog, acquired_at, given_at)
      SELECT owned.id, ${userId}, code, name, type, dialog, owned.acquired_at, owned.acquired_at
      FROM characters JOIN character_ownerships AS owned
        ON owned.user_id = ${userId} AND owned.character_code = code
      WHERE match_label = ${defaultLabel}
        AND NOT EXISTS (SELECT 1 FROM user_characters WHERE user_id = ${userId})`,
    selectCollection(db, userId),
  ]);
  return found?.results ?? [];
}
