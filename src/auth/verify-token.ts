import { errors, type RemoteJWKSet, jwtVerify, type JWTPayload, type JWTVerifyOptions } from "jose";
import { log } from "../platform/log.ts";
import type { StaleIfErrorCache } from "../platform/stale-if-error-cache.ts";
import { Unauthenticated } from "./auth-errors.ts";
import { rotationMs } from "./jwks-cache.ts";
import type { TokenRules } from "./auth-settings.ts";

/** How far two clocks may differ, s. */
export const clockToleranceS = 60;
const maxCharacters = 8 * 1024;
/** Values of the `typ` header that name no special purpose. */
const generalTypes = new Set([undefined, "JWT", "AT+JWT"]);

/** Verifies the signature and times of a token. Rejects with `Unauthenticated`, or with `AuthUnavailable` without keys. */
export type Verify = (token: string) => Promise<JWTPayload>;

/** What signatures are verified with. */
export type VerificationKeys =
  | { type: "secret"; secret: Uint8Array }
  | { type: "remote"; jwks: StaleIfErrorCache<RemoteJWKSet> };

/**
 * Makes a verifier. The keys decide which algorithms are allowed, never the token.
 * @param isSubject whether tokens may be of this user.
 */
export function tokenVerifier(
  { issuer, audience }: Pick<TokenRules, "issuer" | "audience">,
  keys: VerificationKeys,
  isSubject: (sub: string) => boolean = () => true,
): Verify {
  const options: JWTVerifyOptions = {
    clockTolerance: clockToleranceS,
    requiredClaims: ["exp", "sub"],
    ...(issuer !== null && { issuer }),
    ...(audience.length > 0 && { audience: [...audience] }),
    algorithms: keys.type === "secret" ? ["HS256"] : ["RS256", "ES256"],
  };
  return (token) =>
    verified(token, isSubject, () =>
      keys.type === "secret"
        ? jwtVerify(token, keys.secret, options)
        : verifyByRemoteKeys(keys.jwks, token, options),
    );
}

/** An unknown key may be a rotated one, so it starts a load, at most every `rotationMs`. */
async function verifyByRemoteKeys(
  jwks: StaleIfErrorCache<RemoteJWKSet>,
  token: string,
  options: JWTVerifyOptions,
) {
  try {
    return await jwtVerify(token, await jwks(), options);
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    return jwtVerify(token, await jwks(rotationMs), options);
  }
}

async function verified(
  token: string,
  isSubject: (sub: string) => boolean,
  check: () => ReturnType<typeof jwtVerify>,
): Promise<JWTPayload> {
  if (token.length > maxCharacters) throw new Unauthenticated("The token is too long.");
  try {
    const { payload, protectedHeader } = await check();
    if (!generalTypes.has(protectedHeader.typ?.toUpperCase().replace(/^APPLICATION\//, ""))) {
      throw new Unauthenticated("The token is for another purpose.");
    }
    if (!isSubject(payload.sub ?? "")) {
      throw new Unauthenticated("The token's sub is not accepted here.");
    }
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new Unauthenticated("The token has expired.");
    if (error instanceof errors.JWTClaimValidationFailed) {
      throw new Unauthenticated(`The token's ${error.claim} is missing, or not accepted here.`);
    }
    if (error instanceof errors.JOSEError)
      throw new Unauthenticated("The token is not valid here.");
    // The matching key is unusable: too short, or not on its curve.
    if (error instanceof TypeError || error instanceof DOMException) {
      log("error", "auth.key_rejected", { error: String(error) });
      throw new Unauthenticated("The token's key is unusable.");
    }
    throw error;
  }
}
