import { secretKey } from "../auth/secrets.ts";
import { isPhotoKey } from "./photo-keys.ts";
import { readToken } from "./signed-url.ts";

const base = "/api/v1/images/";

/** Where a photo is, as a path on our own origin. */
export const photoPath = (key: string): string => base + key;

/** The key that a path names; null for one that names no photo. */
export function keyOfPath(path: string): string | null {
  const key = path.startsWith(base) ? path.slice(base.length) : "";
  return isPhotoKey(key) ? key : null;
}

/**
 * An address at which a photo can be seen for 15 minutes by whoever has it, until its user is erased; null without a
 * secret. An operator's is good for two minutes, and what it shows is stored nowhere.
 *
 * @param account The id of the user's object.
 */
export async function signedPhotoPath(
  { SIGNING_SECRET }: Pick<Env, "SIGNING_SECRET">,
  key: string,
  account: string,
  subscriber: "user" | "operator" = "user",
): Promise<string | null> {
  const { key: secret } = secretKey(SIGNING_SECRET);
  const noStore = subscriber === "operator" && { no_store: true as const };
  const maker = { account, made: Date.now(), ...noStore };
  return secret && `${photoPath(key)}?token=${await readToken(secret, key, maker)}`;
}
