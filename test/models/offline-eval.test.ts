import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { publishedWords } from "../../src/models/offline/published-words.ts";
import { kvRegulations } from "../../src/regulations/kv.ts";
import { type Figures, measure, parseExamples, percent } from "../eval/measure.ts";
import sentences from "../eval/sentences.jsonl?raw";

const regulations = kvRegulations(env.REGULATIONS);
const classifyWords = publishedWords(regulations);

describe("publishedWords: the sentences of residents", () => {
  let figures: Figures;

  beforeAll(async () => {
    const version = await regulations.version();
    figures = await measure(parseExamples(sentences), (words) => classifyWords(words, version));
  });

  it("classifies 95 of 100 correctly", () => {
    expect(percent(figures.class), JSON.stringify(figures.wrongClass)).toBeGreaterThanOrEqual(95);
  });

  it("classifies 85 of 100 correctly in each class", () => {
    const behind = Object.entries(figures.classes).filter(([, share]) => percent(share) < 85);
    expect(behind).toEqual([]);
  });

  it("finds exactly the right tags in 95 of 100", () => {
    expect(percent(figures.tags), JSON.stringify(figures.wrongTags)).toBeGreaterThanOrEqual(95);
  });
});

describe("measure", () => {
  const examples = parseExamples(
    [
      { words: "a", major: "재활용폐기물", middle: "종이", tags: ["젖음"] },
      { words: "b", major: "미분류", middle: "미분류", tags: [] },
    ]
      .map((it) => JSON.stringify(it))
      .join("\n"),
  );
  const paper = {
    major_category: "재활용폐기물",
    middle_category: "종이",
    minor_category: null,
  } as const;

  it("counts by class and by tag, and leaves out tags that the set does not use", async () => {
    const {
      class: classes,
      tags,
      byTag,
    } = await measure(examples, async () => ({
      classification: paper,
      situation_tags: ["젖음", "종이_재질"],
    }));
    expect(classes).toEqual({ right: 1, of: 2 });
    expect(tags).toEqual({ right: 1, of: 2 });
    expect(byTag).toEqual({
      젖음: { precision: { right: 1, of: 2 }, recall: { right: 1, of: 1 } },
    });
  });

  it("lists the wrong classes with the expected ones", async () => {
    const { wrongClass } = await measure(examples, async () => ({
      classification: paper,
      situation_tags: [],
    }));
    expect(wrongClass).toEqual([{ words: "b", expected: ["미분류"], got: ["종이"] }]);
  });
});
