import type { Classification } from "../../pipeline/taxonomy.ts";
import { isAdnominal, type Text, type Vocabulary } from "../../regulations/vocabulary.ts";
import { isNoun, wordsOf } from "./nouns.ts";

/** By a beginning or an ending of words: how many items of each class have it. */
type Tallies = Map<string, Map<string, { classification: Classification; count: number }>>;
/**
 * @param from the position of the head noun; 0 when it is not known
 * @param isSure whether the words state that something is thrown out
 */
export type Guess = (text: Text, from: number, isSure: boolean) => Classification | null;

/** By the length of a shared ending: how many items have to agree, and what share of them. */
const enough = [
  { length: 4, count: 1, share: 0.6 },
  { length: 3, count: 2, share: 0.6 },
  { length: 2, count: 3, share: 0.6 },
  { length: 1, count: 10, share: 0.6 },
];
/** The same for a shared beginning. It is often a material, so more items have to agree. */
const enoughBeginnings = [
  { length: 4, count: 5, share: 0.8 },
  { length: 3, count: 10, share: 0.8 },
  { length: 2, count: 20, share: 0.7 },
];

/** Guesses the class of an unlisted noun by its ending, which is the head noun in Korean. */
export function guesserOf({ words }: Vocabulary): Guess {
  const endings: Tallies = new Map();
  const beginnings: Tallies = new Map();

  function tally() {
    for (const [word, { classification }] of words) {
      for (const { length } of enough) {
        if (length <= word.length) count(endings, word.slice(-length), classification);
      }
      for (const { length } of enoughBeginnings) {
        if (length < word.length) count(beginnings, word.slice(0, length), classification);
      }
    }
  }

  function guess(noun: string, isSure: boolean, least = 1): Classification | null {
    for (const rule of enough) {
      if (noun.length < rule.length + least) continue;
      if (rule.length === 1 && least > 0 && !(isSure && noun.length > 2)) continue;
      const found = agreed(endings.get(noun.slice(-rule.length)), rule);
      if (found) return found;
    }
    if (!isSure) return null;
    for (const rule of enoughBeginnings) {
      const found =
        noun.length > rule.length && agreed(beginnings.get(noun.slice(0, rule.length)), rule);
      if (found) return found;
    }
    return null;
  }

  return (text, from, isSure) => {
    // Most words are listed, so the first unlisted one starts the count.
    if (endings.size === 0) tally();
    if (from > 0) return guess(text.tight.slice(from), true, 0);
    const all = wordsOf(text);
    // In other sentences, a word with the ending of an item is no item.
    if (!isSure && !all.every((it) => isNoun(it) || isAdnominal(it.written))) return null;
    const nouns = all.filter((it) => it.noun.length > 1 && !it.written.includes(" ") && isNoun(it));
    // A noun with a particle is the topic; otherwise the head noun comes last.
    const marked = nouns.filter(({ noun, written }) => noun !== written);
    for (const { noun } of [...marked, ...nouns.slice(-1)]) {
      const found = guess(noun, isSure);
      if (found) return found;
    }
    return null;
  };
}

function count(tallies: Tallies, alike: string, classification: Classification) {
  const tally: NonNullable<ReturnType<Tallies["get"]>> = tallies.get(alike) ?? new Map();
  const known = tally.get(classification.middle_category);
  if (known) known.count += 1;
  else {
    const plain = { ...classification, minor_category: null };
    tally.set(classification.middle_category, { classification: plain, count: 1 });
  }
  tallies.set(alike, tally);
}

function agreed(
  tally: ReturnType<Tallies["get"]>,
  rule: { count: number; share: number },
): Classification | null {
  const all = [...(tally?.values() ?? [])].toSorted((a, b) => b.count - a.count);
  const most = all[0];
  if (!most || most.count < rule.count) return null;
  const total = all.reduce((sum, it) => sum + it.count, 0);
  return most.count / total >= rule.share ? most.classification : null;
}
