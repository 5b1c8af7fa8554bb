import { sha256 } from "../platform/sha256.ts";

/** The key length that HS256 requires (RFC 7518, section 3.2). */
const minBytes = 32;

/** A secret as a key. `error` ends a sentence that begins with the setting's name. */
type SecretKey = { key: Uint8Array; error: null } | { key: null; error: string | null };

/** Makes a key of a secret. An empty secret gives no key; one that is too short gives an error. */
export function secretKey(secret: string | undefined): SecretKey {
  if (!secret) return { key: null, error: null };
  const key = new TextEncoder().encode(secret);
  if (key.length < minBytes) return { key: null, error: `must have ${minBytes} bytes or more` };
  return { key, error: null };
}

/** Compares two secrets in constant time. */
export async function secretsEqual(one: string, other: string): Promise<boolean> {
  // Hashes have equal lengths, so that not even the length leaks.
  const [a, b] = await Promise.all([hashed(one), hashed(other)]);
  return crypto.subtle.timingSafeEqual(a, b);
}

/** The keyed hash of a text, in hex: nobody without the key can try texts. */
export async function hmacHex(key: Uint8Array, text: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", new Uint8Array(key), algorithm, false, [
    "sign",
  ]);
  const signed = await crypto.subtle.sign("HMAC", imported, new TextEncoder().encode(text));
  return new Uint8Array(signed).toHex();
}

const hashed = async (text: string) => new TextEncoder().encode(await sha256(text));
