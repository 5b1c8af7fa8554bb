import { SignJWT } from "jose";

/** How long a push service takes a token, s: a day at most (RFC 8292, section 2). */
const tokenSeconds = 12 * 60 * 60;

/** A P-256 point, uncompressed (65 bytes), and a scalar (32 bytes), in base64url without padding. */
const publicForm = /^B[\w-]{86}$/;
const privateForm = /^[\w-]{43}$/;

export type VapidVars = Pick<Env, "VAPID_PUBLIC_KEY" | "VAPID_PRIVATE_KEY" | "VAPID_SUBJECT">;

/** The public key that browsers subscribe with; null where Web Push is off or its settings are not valid. */
export const vapidPublicKey = (vars: VapidVars): string | null =>
  vars.VAPID_PUBLIC_KEY && vapidError(vars) === null ? vars.VAPID_PUBLIC_KEY : null;

/** What is wrong with the settings, as a sentence; null when they are valid, or all keys are empty. */
export function vapidError({
  VAPID_PUBLIC_KEY,
  VAPID_PRIVATE_KEY,
  VAPID_SUBJECT,
}: VapidVars): string | null {
  if (!VAPID_PUBLIC_KEY && !VAPID_PRIVATE_KEY) return null;
  if (!publicForm.test(VAPID_PUBLIC_KEY)) return "VAPID_PUBLIC_KEY has to be 65 bytes in base64url";
  if (!privateForm.test(VAPID_PRIVATE_KEY)) {
    return "VAPID_PRIVATE_KEY has to be 32 bytes in base64url";
  }
  return /^(?:mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/.test(VAPID_SUBJECT)
    ? null
    : "VAPID_SUBJECT has to be a mailto: or https: URL, where push services reach the operator";
}

/**
 * The `Authorization` header that identifies this server to a push service (RFC 8292).
 *
 * @throws RangeError when the settings are not valid, DOMException when the keys are no pair.
 */
export async function vapidHeader(vars: VapidVars, audience: string, now: number): Promise<string> {
  const publicKey = vapidPublicKey(vars);
  if (publicKey === null) throw new RangeError(vapidError(vars) ?? "VAPID_PUBLIC_KEY is empty");
  const point = Uint8Array.fromBase64(publicKey, { alphabet: "base64url" });
  const part = (from: number) =>
    point.slice(from, from + 32).toBase64({ alphabet: "base64url", omitPadding: true });
  const jwk = { kty: "EC", crv: "P-256", x: part(1), y: part(33), d: vars.VAPID_PRIVATE_KEY };
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]);
  const token = await new SignJWT()
    .setProtectedHeader({ alg: "ES256", typ: "JWT" })
    .setAudience(audience)
    .setExpirationTime(Math.floor(now / 1000) + tokenSeconds)
    .setSubject(vars.VAPID_SUBJECT)
    .sign(key);
  return `vapid t=${token}, k=${publicKey}`;
}
