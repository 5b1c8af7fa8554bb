import type { Characters } from "../ports.ts";
import { catalogCacheOf } from "./catalog-cache.ts";

/** Matches characters against this isolate's copy of the catalog in D1. */
export function d1Characters(db: D1Database): Characters {
  const catalog = catalogCacheOf(db);
  return {
    matching: async (label) => (await catalog()).byLabel.get(label) ?? null,
  };
}
