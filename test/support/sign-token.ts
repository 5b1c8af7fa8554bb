import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from "jose";
import { vi } from "vitest";

export const jwksUrl = "https://id.example.com/.well-known/jwks.json";
export const secret = "a secret of a test, thirty-two bytes or more";
export const utf8 = (text: string) => new TextEncoder().encode(text);
export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

/** What a good token says. */
export const goodClaims = () => ({
  sub: `user-${crypto.randomUUID()}`,
  iat: inSeconds(0),
  exp: inSeconds(300),
});

/** Signs claims as they are, good or bad. */
export const signToken = (
  claims: Record<string, unknown>,
  key: Parameters<SignJWT["sign"]>[0] = utf8(secret),
  header: JWTHeaderParameters = { alg: "HS256" },
) => new SignJWT(claims).setProtectedHeader(header).sign(key);

/** A token that nobody signed, with any header. */
export function unsignedToken(header: object, claims: object, signature = ""): string {
  const encode = (part: object) =>
    utf8(JSON.stringify(part)).toBase64({ alphabet: "base64url", omitPadding: true });
  return `${encode(header)}.${encode(claims)}.${signature}`;
}

/** A key pair as an identity provider has it, with its public half as it publishes it. */
export async function buildKey(
  alg: "RS256" | "ES256" = "ES256",
  kid: string = crypto.randomUUID(),
) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: "sig" };
  const signed = (claims: Record<string, unknown>) => signToken(claims, privateKey, { alg, kid });
  return { kid, jwk, publicKey, privateKey, sign: signed };
}

/** Answers for the identity provider with what `keys` gives, or as a failing one when it throws. */
export function mockJwks(keys: () => object[]) {
  return vi
    .spyOn(globalThis, "fetch")
    .mockImplementation(async () => Response.json({ keys: keys() }));
}
