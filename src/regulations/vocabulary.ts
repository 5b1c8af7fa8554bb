import type { Regulation } from "../pipeline/regulation.ts";
import type { Classification } from "../pipeline/taxonomy.ts";

/** A word that residents use, and the item that it names. */
export interface Entry {
  word: string;
  /** The words that it consists of, the head noun last. */
  parts: readonly string[];
  classification: Classification;
}

/** All items of the regulations, by name and alias. */
export interface Vocabulary {
  words: ReadonlyMap<string, Entry>;
  /** Entries of several words, by the last of them. */
  byLastPart: ReadonlyMap<string, readonly Entry[]>;
  byLength: ReadonlyMap<number, readonly Entry[]>;
  /** The length of the longest word. */
  longest: number;
}

/** Words without their spaces, which residents set freely, and the positions of the spaces. */
export interface Text {
  tight: string;
  /** By position, up to the end: the separator before the character. */
  gaps: readonly ("" | " " | ",")[];
}

export interface Span {
  at: number;
  /** The position after the last. */
  end: number;
}

/** An item that is named, and where. */
export interface Mention extends Span {
  entry: Entry;
  /** Whether the word stands by itself rather than in a longer one. */
  whole: boolean;
}

/** Normalizes words for comparison: no spaces, no punctuation, lower case. */
export const normalize = (words: string): string =>
  words
    .normalize("NFC")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "");

/** Whether a word ends like a verb that modifies the next noun: 담긴, 묻은, 있던, 버릴. */
export function isAdnominal(word: string): boolean {
  if (word.length === 1) return /[뺀든쓴난싼온간된낸깬찬진뗀탄빈은는던]/u.test(word);
  const final = (word.charCodeAt(word.length - 1) - 0xac00) % 28;
  return final === 4 || final === 8;
}

/** Parses words as they were typed. */
export function textOf(words: string): Text {
  let tight = "";
  const gaps: Text["gaps"][number][] = [" "];
  for (const char of words.normalize("NFC").toLowerCase()) {
    if (/[\p{L}\p{N}]/u.test(char)) {
      tight += char;
      while (gaps.length <= tight.length) gaps.push("");
    } else if (gaps[tight.length] !== ",") {
      gaps[tight.length] = /[,/+&·、\n]/u.test(char) ? "," : " ";
    }
  }
  gaps[tight.length] = " ";
  return { tight, gaps };
}

/** The vocabulary of regulations. `spell` corrects their words before they are compared. */
export function vocabularyOf(
  documents: Iterable<Regulation>,
  spell: (words: string) => string = (words) => words,
): Vocabulary {
  const all = [...documents];
  const byKey = new Map(all.map((it) => [it.key, it]));
  const words = new Map<string, Entry>();

  function add(regulation: Regulation | undefined, name: string, aliases: readonly string[]) {
    if (!regulation) return;
    const { major, middle } = regulation.category;
    for (const written of [name, ...aliases]) {
      const spelt = spell(written);
      const parts = spelt.split(/\s+/u).map(normalize).filter(Boolean);
      const word = parts.join("");
      const classification = {
        major_category: major,
        middle_category: middle,
        // The resident's word. A misspelling is answered with the name that it stands for.
        minor_category: spelt === written ? written : name,
      };
      if (!words.has(word)) words.set(word, { word, parts, classification });
    }
  }

  for (const regulation of all) {
    for (const { name, aliases } of regulation.items) add(regulation, name, aliases);
  }
  for (const { name, aliases, goes_to } of all.flatMap((it) => it.not_accepted)) {
    add(byKey.get(goes_to), name, aliases);
  }
  const byLastPart = Map.groupBy(
    [...words.values()].filter(({ parts }) => parts.length > 1),
    ({ parts }) => parts.at(-1) ?? "",
  );
  // Without other names, "신나 남은 것" names 신나, and "남은 피자" names a pizza.
  for (const [last, entries] of byLastPart) {
    const oneClass = new Set(entries.map((it) => it.classification.middle_category)).size === 1;
    for (const entry of entries) {
      const word = entry.parts
        .filter((part) => part !== "것" && (words.has(part) || !isAdnominal(part)))
        .join("");
      if (word.length < 2 || words.has(word) || !(last === "것" || (oneClass && word === last))) {
        continue;
      }
      words.set(word, { ...entry, word });
    }
  }
  const byLength = Map.groupBy(words.values(), ({ word }) => word.length);
  return { words, byLastPart, byLength, longest: Math.max(0, ...byLength.keys()) };
}

/** Suffixes of a noun: particles, the copula, counters. */
const particle =
  "들|은|는|이|가|을|를|도|만|의|에서|에다가|에다|에|으로|로|와|과|이랑|랑|하고|까지|부터|마다|처럼|이나|나|요|이요|짜리|째|뿐|거|것|꺼|건|류|좀|세개|두개|한개|개|여러개";
const copula =
  "인데|이에요|예요|에요|입니다|임|이야|야|여|인가|이고|이라|라|이면|일|이네|네|이지|였|이었|인듯|인거|인것|이구|구요|이며|든지|용";
/** Verbs that residents write right after the noun. */
const verb =
  "하|한|했|해|된|되|버려|버리|버릴|버림|배출|어떻|어떡|어케|어디|어따|있|없|남|담|넣|들어|든|붙|묻|뗀|떼|뗐|씻|헹|안|못|같이|그냥|깨|고장|찌그|나온|나왔|나오|새거|헌거|두개|몇|한개|조각|뭉치";
/** A particle before a dependent noun is the ending of a verb: 뿌리는 거. */
const notVerbal = "(?!(?:은|는|을|던)(?:거|것|건|꺼|데|중|통))";
const followed = new RegExp(`^${notVerbal}(?:${particle}){0,4}(?:$|(?:${copula}|${verb}))`, "u");
const followedByParticle = new RegExp(`^${notVerbal}(?:${particle}){0,4}(?:${copula})?요?$`, "u");

/**
 * Finds the items that a text names, in its order. Of overlapping words it takes those that cover most
 * of the text. A word of one syllable has to be a whole word. A longer one may end another word, as
 * the head noun does in Korean.
 * @param taken parts of the text that name something else
 */
export function itemsNamed(
  text: Text,
  vocabulary: Vocabulary,
  taken: readonly Span[] = [],
): Mention[] {
  const edges = new Set(taken.flatMap(({ at, end }) => [at, end]));
  const parted = text.gaps.map((gap, at) => gap !== "" || edges.has(at));
  const tails = parted.map((_, at) => {
    const end = parted.indexOf(true, at);
    return text.tight.slice(at, end < 0 ? undefined : end);
  });
  const known = wordsIn(text.tight, vocabulary, parted);
  /** By position: whether a word may end there, and the best cover of the rest. */
  const ends: boolean[] = [];
  const best: { worth: number; mentions: Mention[] }[] = [];

  for (let at = text.tight.length; at >= 0; at -= 1) {
    const mentions = known[at] ?? [];
    ends[at] =
      parted[at] === true ||
      followed.test(tails[at] ?? "") ||
      mentions.some(({ end }) => ends[end]);
    let here = best[at + 1] ?? { worth: 0, mentions: [] };
    for (const mention of mentions) {
      const { end, whole } = mention;
      const length = end - at;
      if (taken.some((it) => it.at < end && at < it.end)) continue;
      if (length === 1 && !(parted[at] && followedByParticle.test(tails[end] ?? ""))) continue;
      const sure = whole && ends[end] === true;
      if (!sure && !isLikely(text, mention, ends[end] === true)) continue;
      const rest = best[end] ?? { worth: 0, mentions: [] };
      const worth = rest.worth + length * 2 - (sure ? 1 : 2.5);
      if (worth <= here.worth) continue;
      here = { worth, mentions: [{ ...mention, whole: sure }, ...rest.mentions] };
    }
    best[at] = here;
  }
  return best[0]?.mentions ?? [];
}

/** Whether a word inside a longer one names its item. */
function isLikely({ gaps }: Text, { at, end, whole }: Mention, ends: boolean): boolean {
  if (gaps.slice(at + 1, end).some(Boolean)) return false;
  const least = ends ? 2 : whole ? 3 : 4;
  return end - at >= least;
}

/** The vocabulary's words in a text, by position; `whole` when a word of the text begins there. */
function wordsIn(tight: string, vocabulary: Vocabulary, parted: readonly boolean[]): Mention[][] {
  const begins = new Set<number>();
  return Array.from({ length: tight.length }, (_, at) => {
    const whole = parted[at] === true || begins.has(at);
    const found: Mention[] = [];
    for (let end = at + 1; end <= Math.min(tight.length, at + vocabulary.longest); end += 1) {
      const entry = vocabulary.words.get(tight.slice(at, end));
      if (!entry) continue;
      if (whole && end - at > 1) begins.add(end);
      found.push({ at, end, entry, whole });
    }
    return found;
  });
}
