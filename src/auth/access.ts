import type { Auth } from "./auth.ts";
import { claimsOf } from "./claims.ts";
import { Refusal } from "./refusal.ts";
import { isRevoked } from "./revocation.ts";

/** The user of an access token. Rejects with `Refusal`, or with `Undecided`. */
export async function userOfToken({ verify, revoked }: Auth, token: string): Promise<string> {
  if (!verify) throw new Refusal("No tokens are taken here.");
  const claims = claimsOf(await verify(token), "access");
  if (await isRevoked(await revoked.get(), claims))
    throw new Refusal("The token has been revoked.");
  return claims.sub;
}
