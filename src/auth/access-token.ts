import type { Auth } from "./auth.ts";
import { parseClaims, usernameOf } from "./claims.ts";
import { Unauthenticated } from "./auth-errors.ts";
import { isRevoked } from "./revocation.ts";

/**
 * Verifies an access token.
 * @returns its user, and the name that it gives them.
 * @throws `Unauthenticated` or `AuthUnavailable`.
 */
export async function verifyAccessToken({ verify, revoked }: Auth, token: string) {
  if (!verify) throw new Unauthenticated("This deployment accepts no tokens.");
  const claims = parseClaims(await verify(token), "access");
  if (await isRevoked(await revoked(), claims))
    throw new Unauthenticated("The token has been revoked.");
  return { userId: claims.sub, username: usernameOf(claims) };
}
