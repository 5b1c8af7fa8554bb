import { Hono } from "hono";
import { etag } from "hono/etag";
import { catalogCacheOf } from "../characters/catalog-cache.ts";

/** Who can be collected, for anybody. */
export const character = new Hono<{ Bindings: Env }>().use(etag()).get("/catalog", async (c) => {
  const { version, characters } = await catalogCacheOf(c.env.DB)();
  return c.json(
    characters.map(({ name, type, dialog, match }) => ({ name, type, dialog, match })),
    200,
    { etag: `"catalog-${version}"`, "cache-control": "public, max-age=30" },
  );
});
