import { z } from "zod";
import { sha256 } from "../platform/sha256.ts";
import { fragment, selectAll } from "../platform/sql.ts";

const Row = z.object({ user_hash: z.string(), erased_at: z.int() });

/** No user of this hash was erased at this time or later. It is part of the statement that writes. */
export const notErased = (hash: string | null, at: number | null) =>
  fragment`NOT EXISTS (SELECT 1 FROM erased_users WHERE user_hash = ${hash} AND erased_at >= ${at})`;

/** When each erased user among these was last erased, Unix ms. Older writes of theirs must be dropped. */
export async function erasedAmong(
  db: D1Database,
  userIds: readonly string[],
): Promise<Map<string, number>> {
  const byHash = new Map<string, string>();
  for (const id of new Set(userIds)) byHash.set(await sha256(id), id);
  const rows = await selectAll(db, Row)`SELECT user_hash, erased_at FROM erased_users
    WHERE user_hash IN (SELECT value FROM json_each(${JSON.stringify([...byHash.keys()])}))`;
  return new Map(rows.map(({ user_hash, erased_at }) => [byHash.get(user_hash) ?? "", erased_at]));
}
