import { type StaleIfErrorCache, staleIfErrorCache } from "../platform/stale-if-error-cache.ts";
import type { Character } from "./character.ts";
import { type Catalog, readableCharacters, readCatalog, readVersion } from "./character-catalog.ts";

export interface CachedCatalog extends Catalog {
  byLabel: ReadonlyMap<string, Character>;
}

/**
 * A copy of the catalog, which is replaced as a whole when its version has changed. One caller every
 * two seconds reads the version. While D1 is down the copy stays in use; only the first load can fail.
 */
export const catalogCache = (db: D1Database): StaleIfErrorCache<CachedCatalog> =>
  staleIfErrorCache({
    name: "catalog",
    async load(cached) {
      if (cached && (await readVersion(db)) === cached.version) return cached;
      const catalog = await readCatalog(db, readableCharacters);
      return { ...catalog, byLabel: new Map(catalog.characters.map((it) => [it.match, it])) };
    },
    freshMs: 2_000,
    usableMs: Infinity,
    loadMs: 10_000,
    refreshMs: 1_000,
    pauseMs: 2_000,
  });

const caches = new WeakMap<D1Database, StaleIfErrorCache<CachedCatalog>>();

/** The catalog cache of this isolate. */
export function catalogCacheOf(db: D1Database): StaleIfErrorCache<CachedCatalog> {
  const cache = caches.get(db) ?? catalogCache(db);
  caches.set(db, cache);
  return cache;
}
