import { errors, type RemoteJWKSet, jwtVerify, type JWTPayload, type JWTVerifyOptions } from "jose";
import { log } from "../platform/log.ts";
import type { StaleIfErrorCache } from "../platform/stale-if-error-cache.ts";
import { Unauthenticated } from "./auth-errors.ts";
import { rotationMs } from "./jwks-cache.ts";
import type { TokenRules } from "./auth-settings.ts";

/** What two clocks may differ by, s. */
export const clockToleranceS = 60;
const maxCharacters = 8 * 1024;
/** Types of a token's header that claim to be for no purpose of its own, and none at all. */
const general = new Set([undefined, "JWT", "AT+JWT"]);

/** Checks a token's signature and times; rejects with `Unauthenticated`, or `AuthUnavailable` without keys. */
export type Verify = (token: string) => Promise<JWTPayload>;

/** What signatures are checked with. */
export type VerificationKeys =
  | { type: "secret"; secret: Uint8Array }
  | { type: "remote"; keys: StaleIfErrorCache<RemoteJWKSet> };

/** Checks tokens by their rules. The algorithms follow from the keys, never from the token. */
export function tokenVerifier(
  { issuer, audience }: Pick<TokenRules, "issuer" | "audience">,
  keys: VerificationKeys,
): Verify {
  const options: JWTVerifyOptions = {
    clockTolerance: clockToleranceS,
    requiredClaims: ["exp", "sub"],
    ...(issuer !== null && { issuer }),
    ...(audience.length > 0 && { audience: [...audience] }),
    algorithms: keys.type === "secret" ? ["HS256"] : ["RS256", "ES256"],
  };
  const check = keys.type === "secret" ? bySecret(keys.secret) : byRemoteKeys(keys.keys);
  return (token) => verified(token, () => check(token, options));
}

type Check = (token: string, options: JWTVerifyOptions) => ReturnType<typeof jwtVerify>;

const bySecret =
  (secret: Uint8Array): Check =>
  (token, options) =>
    jwtVerify(token, secret, options);

/** A key that is not known yet may have been rotated in: that is worth one look, now and then. */
function byRemoteKeys(keys: StaleIfErrorCache<RemoteJWKSet>): Check {
  return async (token, options) => {
    try {
      return await jwtVerify(token, await keys(), options);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      return jwtVerify(token, await keys(rotationMs), options);
    }
  };
}

async function verified(
  token: string,
  check: () => ReturnType<typeof jwtVerify>,
): Promise<JWTPayload> {
  if (token.length > maxCharacters) throw new Unauthenticated("The token is too long.");
  try {
    const { payload, protectedHeader } = await check();
    if (!general.has(protectedHeader.typ?.toUpperCase().replace(/^APPLICATION\//, ""))) {
      throw new Unauthenticated("The token is for another purpose.");
    }
    return payload;
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new Unauthenticated("The token has expired.");
    if (error instanceof errors.JWTClaimValidationFailed) {
      throw new Unauthenticated(
        `The token's ${error.claim} is missing, or not one that is taken here.`,
      );
    }
    if (error instanceof errors.JOSEError)
      throw new Unauthenticated("The token is not valid here.");
    // Of the keys that were found one is not fit for use: too short, or not on its curve.
    if (error instanceof TypeError || error instanceof DOMException) {
      log("error", "auth.key_unfit", { error: String(error) });
      throw new Unauthenticated("The token's key is not fit for use.");
    }
    throw error;
  }
}
