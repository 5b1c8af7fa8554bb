import type { JWTPayload } from "jose";
import { z } from "zod";
import { Unauthenticated } from "./auth-errors.ts";
import { UserId } from "./user-id.ts";
import { clockToleranceS } from "./verify-token.ts";

const Name = z.string().min(1).max(255);
const Claims = z.object({
  sub: UserId,
  exp: z.number(),
  iat: z.number().optional(),
  jti: Name.optional(),
  /** The session that a token belongs to, and when that began, s; of our own tokens. */
  sid: Name.optional(),
  since: z.number().optional(),
  type: z.string().optional(),
});
type Claims = z.infer<typeof Claims>;

/** What a token is for; tokens without a type are for access. Times are Unix seconds. */
export type TokenType = "access" | "refresh";

/** What was signed, as far as it matters here. Throws `Unauthenticated` for a token of another type. */
export function parseClaims(payload: JWTPayload, wanted: TokenType, now = Date.now()): Claims {
  const claims = Claims.safeParse(payload);
  if (!claims.success) {
    const paths = claims.error.issues.map(({ path }) => path.join("."));
    throw new Unauthenticated(`The token's ${paths.join(", ")} is not one that is taken here.`);
  }
  const { type = "access", iat = 0 } = claims.data;
  if (type !== wanted) throw new Unauthenticated(`The token is not for ${wanted}.`);
  if (iat > now / 1000 + clockToleranceS)
    throw new Unauthenticated("The token is from the future.");
  return claims.data;
}
