import { type JSONWebKeySet } from "jose";
import { z } from "zod";
import { type StaleIfErrorCache, staleIfErrorCache } from "../platform/stale-if-error-cache.ts";

const timeoutMs = 3_000;
const maxCharacters = 256 * 1024;
/** Signatures are checked with these alone: what else a set holds is left out. */
const usable = new Set(["RSA", "EC"]);

const Text = z.string().exactOptional();
/** The public members of a key; private ones are not even held. */
const Key = z.object({
  kty: z.string(),
  kid: Text,
  alg: Text,
  use: Text,
  key_ops: z.array(z.string()).exactOptional(),
  crv: Text,
  x: Text,
  y: Text,
  n: Text,
  e: Text,
});
const KeySet = z.object({ keys: z.array(Key).max(100) }).transform(({ keys }): JSONWebKeySet => ({
  keys: keys.filter(({ kty }) => usable.has(kty)),
}));

/** How soon after a load an unknown key may ask for another, ms. */
export const rotationMs = 30_000;

/**
 * An identity provider's public keys. While it is out of reach its last keys go on for an hour, which
 * is about as long as a token lives.
 */
export const remoteKeys = (url: string): StaleIfErrorCache<JSONWebKeySet> =>
  staleIfErrorCache({
    name: "AUTH_JWKS_URL",
    load: () => fetchKeys(url),
    freshMs: 5 * 60_000,
    usableMs: 60 * 60_000,
    loadMs: timeoutMs + 500,
    pauseMs: 5_000,
  });

async function fetchKeys(url: string): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    headers: { accept: "application/jwk-set+json, application/json" },
    // An address that sends on to another is not the one that was configured.
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`answered ${response.status}`);
  }
  const text = await response.text();
  if (text.length > maxCharacters) throw new Error(`has more than ${maxCharacters} characters`);
  const set = KeySet.parse(JSON.parse(text));
  if (set.keys.length === 0) throw new Error("has no RSA or EC key");
  return set;
}
