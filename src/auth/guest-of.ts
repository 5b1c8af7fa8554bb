import type { Auth } from "./auth.ts";
import { Unauthenticated } from "./auth-errors.ts";
import { parseClaims } from "./claims.ts";
import { isRevoked } from "./revocation.ts";
import type { Verify } from "./verify-token.ts";

/** The guest of a session, by any of its tokens that is valid; null for none. @throws `AuthUnavailable`. */
export async function guestOf(
  { verify, revoked }: Pick<Auth, "revoked"> & { verify: Verify },
  tokens: readonly string[],
): Promise<string | null> {
  for (const token of tokens) {
    try {
      const payload = await verify(token);
      const claims = parseClaims(payload, payload["type"] === "refresh" ? "refresh" : "access");
      if (!(await isRevoked(await revoked(), claims))) return claims.sub;
    } catch (error) {
      if (!(error instanceof Unauthenticated)) throw error;
    }
  }
  return null;
}
