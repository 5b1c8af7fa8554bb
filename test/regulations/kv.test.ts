import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { publicationOf } from "../../regulations/publication.ts";
import { Regulation } from "../../src/pipeline/regulation.ts";
import type { Classification } from "../../src/pipeline/taxonomy.ts";
import { pointerKey } from "../../src/regulations/regulation-keys.ts";
import { kvRegulations } from "../../src/regulations/kv.ts";
import { documents, municipalities } from "../setup.ts";

const pet = {
  major_category: "재활용폐기물",
  middle_category: "무색페트병",
  minor_category: "생수병",
} as const;

/** A KV with these entries alone. */
const kvOf = (entries: Record<string, string>): KVNamespace =>
  new Proxy(env.REGULATIONS, {
    get: () => async (keys: string | string[]) =>
      typeof keys === "string"
        ? (entries[keys] ?? null)
        : new Map(keys.map((key) => [key, entries[key] ? JSON.parse(entries[key]) : null])),
  });

/** The national rule of an item under what is published. */
async function ruleOf(classification: Classification, kv: KVNamespace = env.REGULATIONS) {
  const regulations = kvRegulations(kv);
  const { rule } = await regulations.ruleOf(classification, await regulations.version(), null);
  return rule;
}

it("finds the rule of a classified item, with the version it was read from", async () => {
  expect(await ruleOf(pet)).toMatchObject({
    key: "재활용폐기물_무색페트병",
    version: await env.REGULATIONS.get(pointerKey),
    steps: expect.arrayContaining([expect.any(String)]),
  });
});

it("has the steps of the group when the item is in one", async () => {
  const grouped = documents
    .map((document) => Regulation.parse(document))
    .find(({ groups }) => groups.length > 0);
  const item = grouped?.items.find(({ group }) => group);
  if (!grouped || !item) throw new Error("Some item is in a group");
  const { major, middle } = grouped.category;
  const rule = await ruleOf({
    major_category: major,
    middle_category: middle,
    minor_category: item.name,
  });
  expect(rule?.group).toBe(item.group);
  expect(rule?.steps).toEqual(grouped.groups.find(({ name }) => name === item.group)?.steps);
});

it("finds no rule for an unclassified item", async () => {
  const none = {
    major_category: "미분류",
    middle_category: "미분류",
    minor_category: null,
  } as const;
  expect(await ruleOf(none)).toBeNull();
});

it("throws a transient error when nothing is published", async () => {
  await expect(ruleOf(pet, kvOf({}))).rejects.toMatchObject({
    name: "TransientError",
    code: "REGULATIONS_MISSING",
  });
});

it("throws for an invalid document, and reads it again once it is repaired", async () => {
  const { version, entries, pointer } = await publicationOf(documents, municipalities);
  const broken = Object.fromEntries([...entries, pointer].map(({ key, value }) => [key, value]));
  const key = `regulations:${version}:재활용폐기물_무색페트병`;
  const whole = broken[key] ?? "";
  const kv = kvOf(broken);
  for (const value of ["null", JSON.stringify({ key: "재활용폐기물_무색페트병" })]) {
    broken[key] = value;
    await expect(ruleOf(pet, kv)).rejects.toMatchObject({ code: "REGULATIONS_INVALID" });
  }
  broken[key] = whole;
  expect(await ruleOf(pet, kv)).not.toBeNull();
});

it("has every rule but that of the document which cannot be read, and every region but that", async () => {
  const logged = vi.spyOn(console, "error").mockReturnValue();
  const { version, entries, pointer } = await publicationOf(documents, municipalities);
  const broken = Object.fromEntries([...entries, pointer].map(({ key, value }) => [key, value]));
  broken[`regulations:${version}:재활용폐기물_무색페트병`] = "null";
  const kv = kvOf(broken);
  await expect(ruleOf(pet, kv)).rejects.toMatchObject({ code: "REGULATIONS_INVALID" });
  const paper = { ...pet, middle_category: "종이", minor_category: "신문지" } as const;
  expect(await ruleOf(paper, kv)).toEqual(await ruleOf(paper));
  expect(JSON.stringify(logged.mock.calls)).toContain("row.unreadable");
  logged.mockRestore();
});

it("reads a version of newer code without the fields that it does not know", async () => {
  const { version, entries, pointer } = await publicationOf(documents, municipalities);
  const newer = (value: string) =>
    value
      .replaceAll('"aliases":', '"weight":1,"aliases":')
      .replace('"number":', '"newer":{"a":1},"number":');
  const written = entries.map(({ key, value }): [string, string] => [key, newer(value)]);
  const kv = kvOf(Object.fromEntries([...written, [pointer.key, pointer.value]]));
  expect(await ruleOf(pet, kv)).toEqual(await ruleOf(pet));
  const book = await kvRegulations(kv).book(version);
  expect(book).toEqual(await kvRegulations(env.REGULATIONS).book(version));
});

it("refuses an incomplete publication", async () => {
  await expect(publicationOf(documents.slice(1), [])).rejects.toThrow("No document for");
});

it("computes the same version for the same content, whatever the order of the files", async () => {
  const forth = await publicationOf(documents, municipalities);
  const back = await publicationOf(documents.toReversed(), municipalities.toReversed());
  expect(back).toEqual(forth);
});
