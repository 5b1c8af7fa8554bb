import { log } from "../platform/log.ts";
import { type Catalog, type Character, readCatalog, readVersion } from "./character-catalog.ts";

/** How often an isolate asks whether its copy is old, in ms. */
const checkEveryMs = 2_000;
/** How long a match waits for that answer, in ms. */
const patienceMs = 1_000;

export interface CachedCatalog extends Catalog {
  byLabel: ReadonlyMap<string, Character>;
}

/**
 * A copy of the catalog that is replaced as a whole when its version has changed, which one caller
 * every two seconds asks for. While D1 is down the copy goes on; only the first load can fail.
 */
export function catalogCache(db: D1Database): () => Promise<CachedCatalog> {
  let copy: CachedCatalog | undefined;
  let checkedAt = 0;
  let begun = 0;
  let adopted = 0;

  /** Not shared between callers: a request may not wait for the I/O of another. */
  async function load(): Promise<CachedCatalog> {
    const turn = ++begun;
    const startedAt = Date.now();
    const { version, characters } = await readCatalog(db);
    const byLabel = new Map(characters.map((it) => [it.match, it]));
    const loaded = { version, characters, byLabel };
    // A slow load does not undo a later one.
    if (turn < adopted && copy) return copy;
    adopted = turn;
    if (!copy) checkedAt = startedAt;
    copy = loaded;
    return loaded;
  }

  async function check(version: number): Promise<void> {
    try {
      if ((await readVersion(db)) !== version) await load();
    } catch (error) {
      log("warn", "catalog.not_checked", { version, error: String(error) });
    }
  }

  return async function current() {
    if (!copy) return load();
    const now = Date.now();
    if (now - checkedAt >= checkEveryMs) {
      // Whoever comes while this one asks goes on with the copy.
      checkedAt = now;
      await withPatience(check(copy.version), copy.version);
    }
    return copy;
  };
}

/** A D1 that hangs is as good as one that is down. */
async function withPatience(checked: Promise<void>, version: number): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    log("warn", "catalog.not_checked", { version, error: `No answer within ${patienceMs} ms` });
    resolve();
  }, patienceMs);
  try {
    await Promise.race([checked, over]);
  } finally {
    clearTimeout(timer);
  }
}

const copies = new WeakMap<D1Database, () => Promise<CachedCatalog>>();

/** The copy of this isolate, one for all who match or show. */
export function catalogCacheOf(db: D1Database): () => Promise<CachedCatalog> {
  const known = copies.get(db);
  if (known) return known;
  const made = catalogCache(db);
  copies.set(db, made);
  return made;
}
