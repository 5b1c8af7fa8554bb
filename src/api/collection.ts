import { z } from "zod";
import { catalogCacheOf } from "../characters/catalog-cache.ts";
import { defaultLabel } from "../characters/character.ts";
import { callAccount } from "../objects.ts";
import { isoTime } from "../platform/iso.ts";
import { saveGrant } from "../users/save-grant.ts";

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

/** A user's characters, newest last. A user without any gets the default one. */
export async function collectionOf(env: Env, userId: string): Promise<Collected[]> {
  const found = await callAccount(env, userId, (account) => account.characters(userId));
  const owned = found.length > 0 ? found : await grantDefault(env, userId);
  for (const { unsaved, code, name, type, dialog, id, acquiredAt } of owned) {
    if (!unsaved) continue;
    await saveGrant(env, { id, userId, character: { code, name, type, dialog }, acquiredAt });
    await callAccount(env, userId, (account) => account.markSaved(code));
  }
  return owned.map(({ id, code, name, type, dialog, acquiredAt }) =>
    Collected.parse({ id, code, name, type, dialog, acquired_at: acquiredAt }),
  );
}

async function grantDefault(env: Env, userId: string) {
  const { byLabel } = await catalogCacheOf(env.DB)();
  const found = byLabel.get(defaultLabel);
  if (!found) return [];
  const { code, name, type, dialog } = found;
  const character = { code, name, type, dialog };
  const grant = { id: crypto.randomUUID(), userId, character, acquiredAt: Date.now() };
  return callAccount(env, userId, (account) => account.grantDefault(grant));
}
