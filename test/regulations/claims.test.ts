import { describe, expect, it } from "vitest";
import { spell } from "../../src/models/offline/spelling.ts";
import { Regulation } from "../../src/pipeline/regulation.ts";
import { normalize, vocabularyOf } from "../../src/regulations/vocabulary.ts";
import { documents } from "../setup.ts";

/** Words that mean the same in a name. */
const synonyms: readonly (readonly [RegExp, string])[] = [
  [/박스/gu, "상자"],
  [/봉다리|봉지/gu, "봉투"],
  [/블럭/gu, "블록"],
  [/렌지/gu, "레인지"],
  [/후라이팬/gu, "프라이팬"],
  [/카페트/gu, "카펫"],
  [/텔레비전|텔레비젼|tv/gu, "티비"],
];

/** A name in the form in which claims are compared: of one spelling, in any order of its words. */
const claimOf = (name: string): string =>
  spell(name)
    .split(/\s+/u)
    .map((word) => synonyms.reduce((it, [from, to]) => it.replace(from, to), normalize(word)))
    .toSorted()
    .join(" ");

interface Claim {
  /** The document that the name belongs to. */
  key: string;
  name: string;
  /** The item of the document; null when another document refuses the name. */
  item: string | null;
  when: string | null;
}

const claimsOf = (regulations: readonly Regulation[]): Claim[] =>
  regulations.flatMap(({ key, items, not_accepted }) => [
    ...items.flatMap((item) =>
      [item.name, ...item.aliases].map((name) => ({
        key,
        name,
        item: item.name,
        when: item.when,
      })),
    ),
    ...not_accepted.flatMap(({ name, aliases, goes_to, reason }) =>
      [name, ...aliases].map((it) => ({ key: goes_to, name: it, item: null, when: reason })),
    ),
  ]);

/** Names that several documents claim, without a rule that says when which. */
function disputed(regulations: readonly Regulation[]): string[] {
  const byClaim = Map.groupBy(claimsOf(regulations), ({ name }) => claimOf(name));
  return [...byClaim].flatMap(([claim, all]) => {
    const keys = new Set(all.map(({ key }) => key));
    return keys.size > 1 && all.some(({ when }) => when === null)
      ? [`${claim}: ${all.map(({ key, name }) => `${key} ${name}`).join(", ")}`]
      : [];
  });
}

/** Names that several items of one document share. */
function shared(regulations: readonly Regulation[]): string[] {
  return regulations.flatMap(({ key, items }) => {
    const names = items.flatMap(({ name, aliases }) =>
      [...new Set([name, ...aliases].map((it) => normalize(spell(it))))].map((it) => ({
        word: it,
        item: name,
      })),
    );
    return [...Map.groupBy(names, ({ word }) => word)]
      .filter(([, owners]) => owners.length > 1)
      .map(([word, owners]) => `${key}: ${word} (${owners.map(({ item }) => item).join(", ")})`);
  });
}

const regulations = documents.map((document) => Regulation.parse(document));

it("has no name that two documents claim without saying when which", () => {
  expect(disputed(regulations)).toEqual([]);
});

it("has no name that two items of a document share", () => {
  expect(shared(regulations)).toEqual([]);
});

it("lists every refused name in the document where it goes", () => {
  const listed = new Set(
    claimsOf(regulations).flatMap(({ key, name, item }) =>
      item === null ? [] : [`${key} ${normalize(spell(name))}`],
    ),
  );
  const missing = claimsOf(regulations)
    .filter(({ item }) => item === null)
    .map(({ key, name }) => `${key} ${normalize(spell(name))}`)
    .filter((it) => !listed.has(it));
  expect(missing).toEqual([]);
});

it("answers each name with a name of its own item", () => {
  const { words } = vocabularyOf(regulations, spell);
  const wrong = regulations.flatMap(({ key, items }) =>
    items.flatMap(({ name, aliases }) =>
      [name, ...aliases].flatMap((written) => {
        const word = normalize(spell(written));
        const answered = words.get(word)?.classification.minor_category ?? "";
        return [name, ...aliases].includes(answered) ? [] : [`${key}: ${written} → ${answered}`];
      }),
    ),
  );
  expect(wrong).toEqual([]);
});

describe("a name that two documents claim", () => {
  const [first, second, ...rest] = regulations;
  if (!first || !second) throw new Error("There are documents");
  const claiming = (name: string, when: string | null) => ({
    name,
    aliases: [],
    group: null,
    when,
  });
  const withItems = (one: string, other: string, when: string | null) => [
    { ...first, items: [...first.items, claiming(one, when)] },
    { ...second, items: [...second.items, claiming(other, when)] },
    ...rest,
  ];

  it.each([
    ["우주선", "우주선"],
    ["우주선 상자", "박스 우주선"],
    ["우주 프라스틱", "플라스틱 우주"],
  ])("is found in another spelling and order: %s, %s", (one, other) => {
    expect(disputed(withItems(one, other, null))).toHaveLength(1);
    expect(disputed(withItems(one, other, "이럴 때는 여기예요."))).toEqual([]);
  });
});
