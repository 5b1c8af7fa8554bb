import type { Auth } from "./auth.ts";
import { parseClaims } from "./claims.ts";
import { Unauthenticated } from "./auth-errors.ts";
import { isRevoked } from "./revocation.ts";

/** The user of an access token. Rejects with `Unauthenticated`, or with `AuthUnavailable`. */
export async function verifyAccessToken({ verify, revoked }: Auth, token: string): Promise<string> {
  if (!verify) throw new Unauthenticated("No tokens are taken here.");
  const claims = parseClaims(await verify(token), "access");
  if (await isRevoked(await revoked(), claims))
    throw new Unauthenticated("The token has been revoked.");
  return claims.sub;
}
