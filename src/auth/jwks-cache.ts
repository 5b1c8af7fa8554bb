import { createRemoteJWKSet, customFetch, type FetchImplementation, type RemoteJWKSet } from "jose";
import { type StaleIfErrorCache, staleIfErrorCache } from "../platform/stale-if-error-cache.ts";
import { AuthUnavailable } from "./auth-errors.ts";

const timeoutMs = 3_000;
/** The largest key set, bytes. */
const maxBytes = 256 * 1024;

/** How long after a load an unknown key id starts no other, ms. */
export const rotationMs = 30_000;

/**
 * The public keys of an identity provider. When it cannot be reached, its last keys stay in use for
 * an hour, which is about as long as a token lives.
 *
 * jose's remote set fetches, checks and selects the keys. But in Workers it fetches once for every
 * concurrent request, it fetches again right after a failure, and it never uses expired keys. So each
 * load makes a new set, and the cache decides when to load.
 */
export const jwksCache = (url: string): StaleIfErrorCache<RemoteJWKSet> =>
  staleIfErrorCache({
    name: "AUTH_JWKS_URL",
    async load() {
      const keys = createRemoteJWKSet(new URL(url), {
        timeoutDuration: timeoutMs,
        cacheMaxAge: Infinity,
        cooldownDuration: Infinity,
        [customFetch]: boundedFetch,
      });
      await keys.reload();
      if (keys.jwks()?.keys.length === 0) throw new Error("The key set is empty.");
      return keys;
    },
    freshMs: 5 * 60_000,
    usableMs: 60 * 60_000,
    loadMs: timeoutMs,
    pauseMs: 5_000,
    unavailable: (cause) => new AuthUnavailable("AUTH_JWKS_URL cannot be loaded", { cause }),
  });

/** Cuts a key set off that is too large, whatever its headers claim. */
const boundedFetch: FetchImplementation = async (url, options) => {
  const response = await fetch(url, options);
  let length = 0;
  const bound = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      length += chunk.byteLength;
      if (length <= maxBytes) controller.enqueue(chunk);
      else controller.error(new Error(`The key set is larger than ${maxBytes} bytes.`));
    },
  });
  return new Response(response.body?.pipeThrough(bound) ?? null, response);
};
