import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from "jose";
import { vi } from "vitest";

export const jwksUrl = "https://id.example.com/.well-known/jwks.json";
export const secret = "a secret of a test, thirty-two bytes or more";
export const utf8 = (text: string) => new TextEncoder().encode(text);
export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

/** The claims of a valid token for a unique user. */
export const goodClaims = () => ({
  sub: `user-${crypto.randomUUID()}`,
  iat: inSeconds(0),
  exp: inSeconds(300),
});

/** Signs claims without checking them. */
export const signToken = (
  claims: Record<string, unknown>,
  key: Parameters<SignJWT["sign"]>[0] = utf8(secret),
  header: JWTHeaderParameters = { alg: "HS256" },
) => new SignJWT(claims).setProtectedHeader(header).sign(key);

/** A token with any header and no valid signature. */
export function unsignedToken(header: object, claims: object, signature = ""): string {
  const encode = (part: object) =>
    utf8(JSON.stringify(part)).toBase64({ alphabet: "base64url", omitPadding: true });
  return `${encode(header)}.${encode(claims)}.${signature}`;
}

/** A key pair of an identity provider, with its public key as a JWK. */
export async function buildKey(
  alg: "RS256" | "ES256" = "ES256",
  kid: string = crypto.randomUUID(),
) {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: "sig" };
  const signed = (claims: Record<string, unknown>) => signToken(claims, privateKey, { alg, kid });
  return { kid, jwk, publicKey, privateKey, sign: signed };
}

/** Mocks the identity provider's JWKS endpoint. It fails when `keys` throws. */
export function mockJwks(keys: () => object[]) {
  return vi
    .spyOn(globalThis, "fetch")
    .mockImplementation(async () => Response.json({ keys: keys() }));
}
