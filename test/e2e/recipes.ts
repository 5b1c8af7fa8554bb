import { readFileSync } from "node:fs";

const blocks = [
  ...readFileSync("docs/recipes.md", "utf8").matchAll(/^## ([^\n]+)$|^```(\w+)\n([^]*?)^```$/gm),
];

/** The code of a recipe of docs/recipes.md, by the language of its block. */
export function recipe(heading: string, language: string): string {
  const at = blocks.findIndex(([, name]) => name === heading);
  const next = blocks.findIndex(([, name], index) => index > at && name !== undefined);
  const its = blocks.slice(at + 1, next === -1 ? undefined : next);
  const code = its.find(([, , its]) => its === language)?.[3];
  if (at === -1 || code === undefined) throw new Error(`No ${language} under ${heading}`);
  return code;
}

/** The headings of the recipes. */
export const recipeHeadings = blocks.flatMap(([, name]) => (name === undefined ? [] : [name]));
