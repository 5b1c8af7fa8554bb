import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { brokenLinks, filesIn, scriptsIn } from "./document-names.ts";

const decisions = globSync("docs/adr/0*.md").toSorted();
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync("package.json", "utf8")));

describe.each(["README.md", ...globSync("{docs,vision}/**/*.md")])("%s", (document) => {
  const text = readFileSync(document, "utf8");

  it("names files that exist", () => {
    const isThere = (name: string) => [name, `${name}.test.ts`].some((it) => existsSync(it));
    expect(filesIn(text).filter((name) => !isThere(name))).toEqual([]);
  });

  it("has links that lead to a file and a heading", () => {
    expect(brokenLinks(document, text)).toEqual([]);
  });

  it("runs commands that there are", () => {
    expect(scriptsIn(text).filter((script) => !(script in scripts))).toEqual([]);
  });
});

it("has eight decisions, each with its context, what it decides, costs and rejects", () => {
  expect(decisions).toHaveLength(8);
  for (const document of decisions) {
    const headings = readFileSync(document, "utf8").match(/^## .+$/gm);
    expect(headings).toEqual(["## Context", "## Decision", "## Consequences", "## Rejected"]);
  }
});
