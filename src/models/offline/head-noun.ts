import {
  isAdnominal,
  type Mention,
  type Text,
  type Vocabulary,
} from "../../regulations/vocabulary.ts";
import { isNoun, wordsOf } from "./nouns.ts";
import { isModifiedAt, relationOf } from "./relation.ts";
import { breakUp, filler, remove } from "./verbs.ts";

/** Something to be thrown out. */
export interface Head extends Mention {
  /** The nouns that say more of it. */
  with: readonly Mention[];
  /** Where the words begin that are said of it alone. */
  from: number;
}

export interface Heads {
  /** The things to be thrown out, the main one first. */
  items: Head[];
  /** Whether more than one was meant, by a word that joins them. */
  joined: boolean;
}

/** What is packed into, or thrown into, is not what is thrown out. */
const packing = /^(?:째|에(?:다|다가)?(?:그냥|같이)?(?:싸|쌌|싼|쌈$|담|넣|버[려리]))/u;
/** What is taken off, or cannot be, is a part. */
const takenOff = new RegExp(`^${filler}(?:${remove.denied}|${remove.done})`, "u");
/** What is broken is a part of what was named right before: 믹서기 유리 깨짐. */
const isBroken = new RegExp(`^${filler}(?:${breakUp.done}|부러)`, "u");
/** What is said of what it is made of, after it: 그릇 플라스틱인데. */
const madeOf = /^(?:으로|로|인데|이에요|예요|입니다|임|재질|이고|이라|$)/u;

/**
 * Which of the items that are named are thrown out: in Korean the thing itself comes last, after
 * what it is made of, where it stood and what it held.
 */
export function headsOf(text: Text, mentions: readonly Mention[], vocabulary: Vocabulary): Heads {
  const named: { mention: Mention; asides: Mention[] }[] = [];
  for (const mention of mentions) {
    const before = named.at(-1);
    if (before && isAside(text, before.mention, mention, vocabulary)) before.asides.push(mention);
    else named.push({ mention, asides: [] });
  }

  const items: Head[] = [];
  let joined = /같이|함께|섞/u.test(text.tight);
  let parts: Mention[] = [];
  let from = 0;
  let held = false;
  for (const [index, { mention, asides }] of named.entries()) {
    const next = named[index + 1];
    const relation = next ? relationOf(text, mention, next.mention) : "apart";
    joined ||= relation === "and";
    if (relation === "compound") {
      parts.push(mention);
      continue;
    }
    if (relation !== "modifies") {
      if (!held) items.push({ ...mention, with: [...parts, ...asides], from });
      held = relation === "holds";
    }
    parts = [];
    from = mention.end;
  }
  return { items, joined };
}

/** Whether an item only says more of the one before it. */
function isAside(text: Text, item: Mention, next: Mention, vocabulary: Vocabulary): boolean {
  const relation = relationOf(text, item, next);
  const rest = text.tight.slice(next.end);
  if (relation === "modifies" || relation === "and") return false;
  if (packing.test(rest) || takenOff.test(rest)) return true;
  if (relation !== "compound") return false;
  const { word, classification } = item.entry;
  // The short word repeats what the longer one is: 아이시스 병.
  if (next.entry.word.length === 1) {
    return classification.major_category !== "음식물류폐기물" && word.length > 2;
  }
  return isBroken.test(rest)
    ? !isMadeUp(item, next, vocabulary)
    : madeOf.test(rest) && isMadeUp(next, item, vocabulary);
}

/** Whether there is an item that is one of these, and said to be of the other. */
const isMadeUp = (of: Mention, thing: Mention, { words }: Vocabulary): boolean =>
  Array.from(thing.entry.word).some((_, at) =>
    words.has(of.entry.word + thing.entry.word.slice(at)),
  );

/** Where the words begin that name the thing itself, when all that is known modifies it. */
export function unknownHead(text: Text, item: Mention): number | null {
  const { tight } = text;
  const last = wordsOf(text, item.end).findLast(
    ({ at }) => at > item.end && isAdnominal(tight.slice(item.end, at)),
  );
  if (!last || !isModifiedAt(text, item, last.at)) return null;
  const thing = tight.slice(last.at);
  return isNoun({ ...last, written: thing, noun: thing }) && !isAdnominal(thing) ? last.at : null;
}
