import { readFile, writeFile } from "node:fs/promises";

const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;

/** A table of Markdown. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => "---")), ...rows.map(row)].join("\n");

const mark = (name: string, end: "begin" | "end") => `<!-- ${name}: ${end} -->`;

/**
 * A document with each block that it has a pair of marks for put between them, by the block's name.
 * Throws when it has none of them.
 */
export function withBlocks(document: string, blocks: Readonly<Record<string, string>>): string {
  let filled = document;
  let found = false;
  for (const [name, block] of Object.entries(blocks)) {
    const [before, rest] = filled.split(mark(name, "begin"));
    const after = rest?.split(mark(name, "end"))[1];
    if (before === undefined || after === undefined) continue;
    found = true;
    filled = `${before}${mark(name, "begin")}\n\n${block}\n\n${mark(name, "end")}${after}`;
  }
  if (found) return filled;
  const names = Object.keys(blocks).map((name) => mark(name, "begin"));
  throw new RangeError(`It has no ${names.join(" and no ")}`);
}

/** Puts blocks into the document in a file. */
export async function fillBlocks(file: string, blocks: Readonly<Record<string, string>>) {
  await writeFile(file, withBlocks(await readFile(file, "utf8"), blocks));
}
