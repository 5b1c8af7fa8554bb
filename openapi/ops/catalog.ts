import { z } from "zod";
import { Refresh, Removal, Upsert } from "../../src/api/ops/catalog-routes.ts";
import { Character, CharacterCode } from "../../src/characters/character-catalog.ts";
import { json, jsonBody, optionalBody } from "../bodies.ts";
import { answers, sends } from "../named-schemas.ts";
import { operation, type Resource } from "../operation.ts";
import { inPath } from "../parameters.ts";
import { badBody } from "./problems.ts";

const version = z.int().meta({ description: "Counts the changes of the catalog." });

const CharacterChange = sends("CharacterChange", Upsert, "A character, by whom and why.", {
  match: "The category that it is given for.",
});
const CatalogReplacement = sends(
  "CatalogReplacement",
  Refresh,
  "The whole catalog in place of what there is. No code and no label is there twice, and the default " +
    "character, whose label is 대표 캐릭터, has to be there.",
);
const CharacterRemoval = sends("CharacterRemoval", Removal, "By whom, and why.");

answers("Character", Character, "Who can be collected.", {
  match: "The category that it is given for.",
});
const Catalog = answers(
  "CharacterCatalog",
  z.object({ version, characters: z.array(Character) }),
  "Every character.",
);
const Changed = answers("CharacterChanged", z.object({ version, ...Character.shape }));
const Removed = answers("CharacterRemoved", z.object({ version, code: z.string() }));

const code = inPath("code", CharacterCode, "The character's `code`.", "char-petty");
const petty = {
  name: "페티",
  type: "재활용",
  dialog: "라벨까지 떼어 주다니 최고야! 나는 새 옷으로 다시 태어날게.",
  match: "무색페트병",
};
const eco = {
  code: "char-eco",
  name: "이코",
  type: "기본",
  dialog: "안녕! 나는 이코야. 오늘도 같이 지구를 지켜 보자!",
  match: "대표 캐릭터",
};
const characters = [eco, { code: "char-petty", ...petty }];

export const catalog: Resource = {
  tag: "Ops: catalog",
  description: "The characters; a change reaches every matcher within five seconds.",
  operations: [
    operation("get", "/api/v1/ops/catalog", {
      id: "getCatalog",
      summary: "The catalog with its version",
      access: "operator",
      answers: {
        200: json("The catalog.", Catalog, { "two of them": { version: 1, characters } }),
      },
    }),
    operation("put", "/api/v1/ops/catalog", {
      id: "replaceCatalog",
      summary: "Replace the whole catalog",
      access: "operator",
      body: jsonBody(CatalogReplacement, { "two characters": { characters, by: "kim" } }),
      answers: {
        200: json("The catalog as it is now.", Catalog, {
          replaced: { version: 2, characters },
        }),
      },
      problems: badBody,
    }),
    operation("put", "/api/v1/ops/catalog/:code", {
      id: "putCharacter",
      summary: "Add or change a character",
      access: "operator",
      parameters: [code],
      body: jsonBody(CharacterChange, { petty: { ...petty, by: "kim", why: "새 대사" } }),
      answers: {
        200: json("The character as it is now.", Changed, {
          changed: { version: 2, code: "char-petty", ...petty },
        }),
      },
      problems: badBody,
    }),
    operation("delete", "/api/v1/ops/catalog/:code", {
      id: "deleteCharacter",
      summary: "Remove a character",
      description: "Who has it keeps it. The default character cannot be removed.",
      access: "operator",
      parameters: [code],
      body: optionalBody(CharacterRemoval, { "by kim": { by: "kim", why: "retired" } }),
      answers: {
        200: json("It is gone.", Removed, { removed: { version: 2, code: "char-petty" } }),
      },
      problems: [...badBody, "NOT_FOUND"],
    }),
  ],
};
