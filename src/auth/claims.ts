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
  /** Of our own tokens: their session, and when it began, Unix s. */
  sid: Name.optional(),
  since: z.number().optional(),
  type: z.string().optional(),
});
type Claims = z.infer<typeof Claims>;

/** The purpose of a token. Tokens without a type are access tokens. */
export type TokenType = "access" | "refresh";

/** Parses the claims of a verified token. Throws `Unauthenticated` for a token of another type. */
export function parseClaims(payload: JWTPayload, wanted: TokenType, now = Date.now()): Claims {
  const claims = Claims.safeParse(payload);
  if (!claims.success) {
    const paths = claims.error.issues.map(({ path }) => path.join("."));
    throw new Unauthenticated(`The token's ${paths.join(", ")} is not accepted here.`);
  }
  const { type = "access", iat = 0 } = claims.data;
  if (type !== wanted) throw new Unauthenticated(`The token is not for ${wanted}.`);
  if (iat > now / 1000 + clockToleranceS)
    throw new Unauthenticated("The token is from the future.");
  return claims.data;
}
