import type { JWTPayload } from "jose";
import { z } from "zod";
import { Unauthenticated } from "./auth-errors.ts";
import { UserId } from "./user-id.ts";
import { clockToleranceS } from "./verify-token.ts";

export const Name = z.string().min(1).max(255);
const ShownName = z.string().trim().min(1).max(255).optional().catch(undefined);
/** A time of a token, Unix s: one whose milliseconds are whole numbers, too. */
export const TokenTime = z
  .number()
  .nonnegative()
  .max(Number.MAX_SAFE_INTEGER / 1000 - 86_400);
const Claims = z.object({
  sub: UserId,
  exp: TokenTime,
  iat: TokenTime.optional(),
  jti: Name.optional(),
  /** Of our own tokens: their session, and when it began, Unix s. */
  sid: Name.optional(),
  since: TokenTime.optional(),
  type: z.string().optional(),
  /** Who it is, for people. One that is odd is left out. */
  preferred_username: ShownName,
  name: ShownName,
  nickname: ShownName,
  email: ShownName,
});
type Claims = z.infer<typeof Claims>;

/** The name that a token gives its user; null for none. */
export const usernameOf = ({ preferred_username, name, nickname, email }: Claims): string | null =>
  preferred_username ?? name ?? nickname ?? (email?.split("@", 1)[0] || null);

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
