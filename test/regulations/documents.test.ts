import { describe, expect, it } from "vitest";
import { normalize } from "../../src/regulations/vocabulary.ts";
import { Regulation, regulationKeys } from "../../src/pipeline/regulation.ts";
import { Source } from "../../src/pipeline/source.ts";
import { recyclableMiddles } from "../../src/pipeline/taxonomy.ts";
import { documents } from "../setup.ts";

const regulations = documents.map((document) => Regulation.parse(document));
const byKey = Object.fromEntries(regulations.map((it) => [it.key, it]));

it("has one document for each of the eighteen keys", () => {
  expect(regulations).toHaveLength(18);
  expect(Object.keys(byKey).toSorted()).toEqual([...regulationKeys].toSorted());
});

describe.each(regulations)("$key", ({ key, category, items, not_accepted, checks, source }) => {
  it("names its source with an address, a number and dates that are not in the future", () => {
    const { url, number, effective_date, checked_on } = Source.parse(source);
    expect(url).toMatch(/^https:\/\/www\.law\.go\.kr\//u);
    expect(number).toMatch(/제\d+호$/u);
    for (const date of [effective_date, checked_on]) {
      expect(Date.parse(date)).toBeLessThan(Date.now());
    }
  });

  it("has enough items, each with a unique name", () => {
    expect(items.length).toBeGreaterThanOrEqual(category.major === "재활용폐기물" ? 25 : 20);
    const names = items.map(({ name }) => normalize(name));
    expect(new Set(names).size).toBe(names.length);
  });

  it("sends refused items to another document", () => {
    expect(not_accepted.length).toBeGreaterThan(0);
    for (const { goes_to } of not_accepted) expect(goes_to).not.toBe(key);
  });

  it("has one check for each tag", () => {
    const tags = checks.map(({ tag }) => tag);
    expect(new Set(tags).size).toBe(tags.length);
  });
});

it("checks the label of a clear PET bottle, and has a document for every recyclable", () => {
  expect(byKey["재활용폐기물_무색페트병"]?.checks.map(({ tag }) => tag)).toContain(
    "비닐_라벨_부착",
  );
  for (const middle of recyclableMiddles) expect(byKey[`재활용폐기물_${middle}`]).toBeDefined();
});
