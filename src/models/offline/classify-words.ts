import { type Classification, maxOtherItems, type SituationTag } from "../../pipeline/taxonomy.ts";
import type { RegulationBook } from "../../regulations/book.ts";
import {
  itemsNamed,
  type Mention,
  type Span,
  type Text,
  textOf,
  vocabularyOf,
} from "../../regulations/vocabulary.ts";
import { guesserOf } from "./similar-item.ts";
import { type Head, headsOf, unknownHead } from "./head-noun.ts";
import { findSituationTags } from "./situation-tags.ts";
import { irreversibleOf } from "./irreversible.ts";
import { misspeltIn } from "./misspelt.ts";
import { refined, scatteredIn } from "./refine.ts";
import { spell } from "./spelling.ts";
import { isByChance, isDischarge, isOffTopic } from "./topic.ts";
import { filler, remain } from "./verbs.ts";

/** The item in the words, and its state. */
export interface ClassifiedWords {
  classification: Classification;
  situation_tags: SituationTag[];
  /** The names of other items that go elsewhere. */
  other_items?: string[];
}
/** Classifies a resident's words; null when they name no known item. */
export type ClassifyWords = (words: string) => ClassifiedWords | null;

/** The parsed words. */
interface Utterance {
  text: Text;
  /** The text with the spans of states blanked out. */
  rest: Text;
  tags: ReadonlySet<SituationTag>;
  /** Whether the words state that something is thrown out. */
  isSure: boolean;
}

/** Tags that a category cannot have: food is not a container. */
const impossibleTags: Partial<Record<Classification["major_category"], readonly SituationTag[]>> = {
  음식물류폐기물: ["내용물_있음", "내용물_없음", "음식물_오염", "소스_잔존", "세척_완료"],
};
const isLeft = new RegExp(`^(?:이|가|도|은|는)?${filler}${remain.done}`, "u");
const longestFood = 6;

/** The classifier for the items of a book. */
export function wordClassifier({ documents }: RegulationBook): ClassifyWords {
  const vocabulary = vocabularyOf(documents.values(), spell);
  const guess = guesserOf(vocabulary);
  const irreversible = irreversibleOf([...documents.values()], vocabulary);

  function endsInFood(words: string): boolean {
    for (let length = 2; length <= longestFood; length += 1) {
      const entry = vocabulary.words.get(words.slice(-length));
      if (entry?.classification.major_category === "음식물류폐기물") return true;
    }
    return false;
  }

  function classified({ text, rest, tags }: Utterance, head: Head): Classification {
    const entry = refined(rest, head, vocabulary);
    return irreversible(entry, tags, text) ?? entry.classification;
  }

  /** The classification of words that name an item; null when the name is there by chance. */
  function classifyNamed(
    utterance: Utterance,
    item: Head,
    isAlone: boolean,
  ): Classification | null {
    const { text, isSure } = utterance;
    const at = isAlone ? unknownHead(text, item) : null;
    if (at !== null) {
      const together = vocabulary.words.get(item.entry.word + text.tight.slice(at));
      const thing = together?.classification ?? guess(text, at, true);
      if (thing || !isSure) return thing;
    }
    const isChance = !isSure && item.with.length === 0 && isByChance(text, item);
    return isChance ? null : classified(utterance, item);
  }

  /** The classification of words that name no listed item exactly. */
  const classifyUnlisted = ({ text, rest, isSure }: Utterance): Classification | null =>
    misspeltIn(text, vocabulary)?.classification ??
    scatteredIn(text, vocabulary)?.classification ??
    guess(rest, 0, isSure) ??
    itemsNamed(text, vocabulary).at(-1)?.entry.classification ??
    null;

  return (words) => {
    const text = textOf(spell(words));
    const { tags, spans } = findSituationTags(text, endsInFood);
    const isSure = tags.size > 0 || isDischarge(text);
    const utterance: Utterance = { text, rest: without(text, spans), tags, isSure };
    const mentions = itemsNamed(text, vocabulary, spans);
    const { items, joined } = headsOf(text, mentions, vocabulary);
    const [item, ...others] = items;
    if (isOffTopic(text, item?.end ?? 0)) return null;
    const classification =
      hazardLeft(text, mentions) ??
      (item ? classifyNamed(utterance, item, others.length === 0) : classifyUnlisted(utterance));
    if (!classification) return null;
    const impossible = impossibleTags[classification.major_category] ?? [];
    const situation_tags = [...tags].filter((tag) => !impossible.includes(tag));
    const other_items = joined
      ? namesElsewhere(
          classification,
          others.map((it) => classified(utterance, it)),
        )
      : [];
    if (other_items.length === 0) return { classification, situation_tags };
    situation_tags.push("다수_품목_혼합");
    return { classification, situation_tags, other_items };
  };
}

/** The hazardous content of a container, which decides where the container goes. */
function hazardLeft({ tight }: Text, mentions: readonly Mention[]): Classification | undefined {
  return mentions
    .filter(({ end }) => isLeft.test(tight.slice(end)))
    .map(({ entry }) => entry.classification)
    .find(({ major_category }) => major_category === "생활계유해폐기물");
}

/** The names of the items that do not go where this one goes. */
function namesElsewhere(
  { middle_category }: Classification,
  others: readonly Classification[],
): string[] {
  const elsewhere = others.filter((it) => it.middle_category !== middle_category);
  const names = elsewhere.map((it) => it.minor_category ?? it.middle_category);
  return [...new Set(names)].slice(0, maxOtherItems);
}

const without = (text: Text, spans: readonly Span[]): Text => ({
  ...text,
  tight: spans.reduce(
    (rest, { at, end }) => rest.slice(0, at) + " ".repeat(end - at) + rest.slice(end),
    text.tight,
  ),
});
