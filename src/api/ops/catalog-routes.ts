import type { Context } from "hono";
import { z } from "zod";
import { type CatalogChange, changeCatalog } from "../../characters/change-catalog.ts";
import { Character, CharacterBody, CharacterCode, Characters } from "../../characters/character.ts";
import { readableCharacters, readCatalog } from "../../characters/character-catalog.ts";
import { By, Why } from "../../ops-audit.ts";
import { defineRoutes, router } from "../openapi/define-routes.ts";
import { body, json, jsonBody, requestSchema } from "../openapi/response-bodies.ts";
import { inPath } from "../openapi/shared-parameters.ts";
import { Problem } from "../problem.ts";
import { parse, readBody } from "../read-body.ts";
import { sendChanges } from "../send-changes.ts";

const asked = { by: By.default("operator"), why: Why.optional() };

const CharacterChange = CharacterBody.extend(asked).meta({
  id: "CharacterChange",
  description: "A character, by whom and why.",
});
const CharacterRemoval = z
  .strictObject(asked)
  .meta({ id: "CharacterRemoval", description: "By whom, and why; it may be left out." });
const CatalogReplacement = requestSchema(
  "CatalogReplacement",
  "The whole catalog in place of what there is. No code and no label is there twice, and the default " +
    "character, whose label is 대표 캐릭터, has to be there.",
  { characters: Characters, ...asked },
);

/** The longest catalog in Korean has half of it. */
const maxCatalogBytes = 2 * 1024 * 1024;

const version = z.int().describe("Counts the changes of the catalog.");
const Catalog = body("CharacterCatalog", "Every character.", {
  version,
  characters: z.array(Character),
});
const Changed = z.object({ version, ...Character.shape }).meta({ id: "CharacterChanged" });
const Removed = z.object({ version, code: z.string() }).meta({ id: "CharacterRemoved" });

const route = defineRoutes("Ops: catalog", "operator");
const inCatalog = [inPath("code", "The character's `code`.", "char-eco")];

const getCatalog = route("get", "/", "getCatalog", {
  summary: "The catalog with its version",
  responses: { 200: json("The catalog.", Catalog) },
});

const replaceCatalog = route("put", "/", "replaceCatalog", {
  summary: "Replace the whole catalog",
  requestBody: jsonBody(CatalogReplacement),
  responses: { 200: json("The new catalog.", Catalog) },
});

const putCharacter = route("put", "/{code}", "putCharacter", {
  parameters: inCatalog,
  summary: "Add or change a character",
  requestBody: jsonBody(CharacterChange),
  responses: { 200: json("The character as it is now.", Changed) },
});

const deleteCharacter = route("delete", "/{code}", "deleteCharacter", {
  parameters: inCatalog,
  summary: "Remove a character",
  description: "Who has it keeps it. The default character cannot be removed.",
  requestBody: jsonBody(CharacterRemoval, { "by kim": { by: "kim", why: "retired" } }, false),
  responses: { 200: json("It is gone.", Removed) },
  problems: ["NOT_FOUND"],
});

export const catalog = router()
  .openapi(getCatalog, async (c) => c.json(await readCatalog(c.env.DB, readableCharacters), 200))

  .openapi(replaceCatalog, async (c) => {
    const { by, why, characters } = await readBody(c, CatalogReplacement, {
      maxBytes: maxCatalogBytes,
    });
    const detail = { why, codes: characters.map(({ code }) => code) };
    const edit = () => characters;
    const change = { by, action: "catalog.refresh", target: "*", detail, edit } as const;
    return c.json(await changed(c, change), 200);
  })

  .openapi(putCharacter, async (c) => {
    const { code } = parse(z.object({ code: CharacterCode }), c.req.param());
    const { by, why, ...body } = await readBody(c, CharacterChange);
    const character = { code, ...body };
    const { version } = await changed(c, {
      by,
      action: "catalog.upsert",
      target: code,
      detail: { why, ...body },
      edit: (before) =>
        before.some((it) => it.code === code)
          ? before.map((it) => (it.code === code ? character : it))
          : [...before, character],
    });
    return c.json({ version, ...character }, 200);
  })

  .openapi(deleteCharacter, async (c) => {
    const code = c.req.param("code");
    const { by, why } = await readBody(c, CharacterRemoval, { whenEmpty: {} });
    const { version } = await changed(c, {
      by,
      action: "catalog.delete",
      target: code,
      detail: { why },
      edit(before) {
        const rest = before.filter((it) => it.code !== code);
        if (rest.length < before.length) return rest;
        throw new Problem(
          "NOT_FOUND",
          `No character has the code ${code}; GET /api/v1/ops/catalog lists them.`,
        );
      },
    });
    return c.json({ version, code }, 200);
  });

async function changed(c: Context<{ Bindings: Env }>, change: CatalogChange) {
  const catalog = await changeCatalog(c.env.DB, change);
  if (!("error" in catalog)) {
    sendChanges(c);
    return catalog;
  }
  // An index into the edited list means nothing to whoever sent one character.
  throw new Problem("VALIDATION_ERROR", "The catalog would not be whole; see errors.", {
    errors: catalog.error.issues.map(({ path, message }) => ({
      path: path.slice(1).join("."),
      message,
    })),
  });
}
