import { describe, expect, it } from "vitest";
import { certaintyOfWords, classOfPhoto } from "../../src/models/offline/photo-class.ts";
import { type Category, categoryClass } from "../../src/pipeline/taxonomy.ts";

const seen = (category: Category, probability: number, second: Category = "금속류") => [
  { category, probability },
  { category: second, probability: 1 - probability },
];

describe("classOfPhoto", () => {
  it.each<[Category, number, string | null]>([
    ["유리병", 0.9, null],
    ["유리병", 0.899, "confirmation"],
    ["유리병", 0.8, "confirmation"],
    ["유리병", 0.799, "choice"],
    ["유리병", 0.4, "choice"],
    // Classes that are often mistaken are answered only when sure, and always asked.
    ["종이팩", 0.95, "confirmation"],
    ["플라스틱류", 0.9, "confirmation"],
    ["비닐류", 0.89, "choice"],
    // Never answered alone.
    ["일반종량제폐기물", 0.99, "choice"],
    ["음식물류폐기물", 0.95, null],
  ])("of %s with %d asks for %s", (category, probability, asks) => {
    const shown = classOfPhoto(seen(category, probability));
    expect(shown).toMatchObject({
      classification: categoryClass(category),
      certainty: { confidence: probability, asks },
    });
    expect(shown?.certainty.candidates[0]?.classification.middle_category).toBe(category);
  });

  it.each([0.399, 0.1, 0])("recognises nothing at %d", (probability) => {
    expect(classOfPhoto([{ category: "유리병", probability }])).toBeNull();
  });

  it("recognises nothing without probabilities", () => {
    expect(classOfPhoto([])).toBeNull();
  });

  it("names at most three candidates, with three digits", () => {
    const categories = ["유리병", "금속류", "종이", "비닐류"] as const;
    const shown = classOfPhoto(
      categories.map((category, index) => ({ category, probability: 0.51234 / (index + 1) })),
    );
    expect(shown?.certainty.candidates.map(({ probability }) => probability)).toEqual([
      0.512, 0.256, 0.171,
    ]);
  });
});

describe("certaintyOfWords", () => {
  const glass = categoryClass("유리병");

  it("is higher when the photo agrees, and asks nothing", () => {
    const alone = certaintyOfWords(glass, null);
    const agreed = certaintyOfWords(glass, seen("유리병", 0.9));
    expect(alone).toMatchObject({ candidates: [], asks: null });
    expect(agreed.confidence).toBeGreaterThan(alone.confidence ?? 1);
    expect(agreed.asks).toBeNull();
  });

  it("is not lower when the photo shows something else: the words win", () => {
    const { confidence, candidates } = certaintyOfWords(glass, seen("종이", 0.99));
    expect(confidence).toBeGreaterThanOrEqual(certaintyOfWords(glass, null).confidence ?? 1);
    expect(candidates[0]?.classification.middle_category).toBe("종이");
  });
});
