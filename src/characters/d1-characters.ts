import type { Characters } from "../ports.ts";
import { catalogCacheOf } from "./catalog-cache.ts";

/** Matches against the copy of the catalog in D1 that this isolate holds. */
export function d1Characters(db: D1Database, grant: Characters["grant"]): Characters {
  const catalog = catalogCacheOf(db);
  return {
    matching: async (label) => (await catalog()).byLabel.get(label) ?? null,
    grant,
  };
}
