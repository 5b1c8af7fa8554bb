import { sha256 } from "../platform/sha256.ts";

/** As many bytes as HS256 wants (RFC 7518, section 3.2). */
const minBytes = 32;

/** A secret as a key; `error` says why one that is set is none, as the end of a sentence. */
export type SecretKey = { key: Uint8Array; error: null } | { key: null; error: string | null };

/** The key that a secret is; none when it is empty or so short that it could be guessed. */
export function secretKey(secret: string | undefined): SecretKey {
  if (!secret) return { key: null, error: null };
  const key = new TextEncoder().encode(secret);
  if (key.length < minBytes) return { key: null, error: `has to have ${minBytes} bytes or more` };
  return { key, error: null };
}

/** Whether two texts are the same, in a time that does not tell how much of them is. */
export async function secretsEqual(one: string, other: string): Promise<boolean> {
  // Hashes have one length, which is all that the comparison lets be seen.
  const [a, b] = await Promise.all([hashed(one), hashed(other)]);
  return crypto.subtle.timingSafeEqual(a, b);
}

const hashed = async (text: string) => new TextEncoder().encode(await sha256(text));

const imported = new WeakMap<Uint8Array, CryptoKey>();

/** A secret as Web Crypto takes it for HS256, imported once an isolate. */
export async function hmacKey(secret: Uint8Array): Promise<CryptoKey> {
  const known = imported.get(secret);
  if (known) return known;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const bytes = new Uint8Array(secret);
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign", "verify"]);
  imported.set(secret, key);
  return key;
}
