import { etag } from "hono/etag";
import { z } from "zod";
import { CharacterBody } from "../characters/character.ts";
import { catalogCacheOf } from "../characters/catalog-cache.ts";
import { defineRoutes, router } from "./openapi/define-routes.ts";
import { json, notModified } from "./openapi/response-bodies.ts";
import { ifNoneMatch } from "./openapi/shared-parameters.ts";

const Characters = z.array(CharacterBody).meta({
  id: "Characters",
  description: "`match` is the category that a character is given for.",
});

const route = defineRoutes("Characters", "anybody");

const listCharacters = route("get", "/catalog", "listCharacters", {
  summary: "Every character that can be collected",
  parameters: [ifNoneMatch],
  responses: { 200: json("The characters.", Characters, ["ETag", "Cache-Control"]) },
  beside: notModified,
});

export const character = router(etag()).openapi(listCharacters, async (c) => {
  const { version, characters } = await catalogCacheOf(c.env.DB)();
  return c.json(
    characters.map(({ name, type, dialog, match }) => ({ name, type, dialog, match })),
    200,
    { etag: `"catalog-${version}"`, "cache-control": "public, max-age=30" },
  );
});
