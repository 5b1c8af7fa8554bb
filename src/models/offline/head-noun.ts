import {
  isAdnominal,
  type Mention,
  type Text,
  type Vocabulary,
} from "../../regulations/vocabulary.ts";
import { isNoun, wordsOf } from "./nouns.ts";
import { isModifiedAt, relationOf } from "./relation.ts";
import { breakUp, filler, remove } from "./verbs.ts";

/** An item to be thrown out: the head of a noun phrase. */
export interface Head extends Mention {
  /** The nouns that specify it. */
  with: readonly Mention[];
  /** The position of the first word that describes this item alone. */
  from: number;
}

export interface Heads {
  /** The items to be thrown out, the main one first. */
  items: Head[];
  /** Whether a conjunction joins several items. */
  joined: boolean;
}

/** After packaging or a bin: it is not the item that is thrown out. */
const packing = /^(?:째|에(?:다|다가)?(?:그냥|같이)?(?:싸|쌌|싼|쌈$|담|넣|버[려리]))/u;
/** After a part that is, or cannot be, taken off. */
const takenOff = new RegExp(`^${filler}(?:${remove.denied}|${remove.done})`, "u");
/** After a part that was taken from the item before it: 두유팩에서 빨대 뺐어요. */
const wasTakenOff = new RegExp(
  `^${filler}(?:뺐|뺌|뗐|뗌|떼었|뜯었|벗겼|분리했|분리함|제거했|제거함)`,
  "u",
);
/** Before an item that was taken out of another: 빼낸 알카라인 전지. */
const takenOut = /(?:빼|떼|떼어|뜯어|꺼)낸$/u;
/** How many of the item before it: 헌 옷 한 봉지. */
const counters = new Set(["봉지", "봉투", "박스", "상자", "포대", "자루", "묶음", "바구니"]);
const numeral = /(?:한|두|세|네|몇|여러|[0-9])$/u;
/** After a broken part of the item before it: 믹서기 유리 깨짐. */
const isBroken = new RegExp(`^${filler}(?:${breakUp.done}|부러)`, "u");
/** After the material of the item before it: 그릇 플라스틱인데. */
const madeOf = /^(?:으로|로|인데|이에요|예요|입니다|임|재질|이고|이라|$)/u;

/**
 * Finds the items that are thrown out among those that are named. In Korean the head noun comes last,
 * after its material, its place and its contents.
 */
export function headsOf(text: Text, mentions: readonly Mention[], vocabulary: Vocabulary): Heads {
  const named: { mention: Mention; asides: Mention[] }[] = [];
  for (const mention of mentions) {
    const before = named.at(-1);
    if (before && isCounter(text, before.mention, mention)) continue;
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
  const out = items.findIndex(({ at }) => takenOut.test(text.tight.slice(0, at)));
  return { items: out > 0 ? [...items.splice(out, 1), ...items] : items, joined };
}

/** Whether a container only counts the item before it. Food in it is thrown out without it, or not at all. */
const isCounter = ({ tight }: Text, before: Mention, { entry, at }: Mention): boolean =>
  counters.has(entry.word) &&
  numeral.test(tight.slice(before.end, at)) &&
  before.entry.classification.major_category !== "음식물류폐기물";

/** Whether an item only specifies the one before it. */
function isAside(text: Text, item: Mention, next: Mention, vocabulary: Vocabulary): boolean {
  const relation = relationOf(text, item, next);
  const rest = text.tight.slice(next.end);
  if (text.tight.slice(item.end, next.at) === "에서" && wasTakenOff.test(rest)) return true;
  if (relation === "modifies" || relation === "and") return false;
  if (packing.test(rest) || takenOff.test(rest)) return true;
  if (relation !== "compound") return false;
  const { word, classification } = item.entry;
  // The short word repeats what the longer one names: 아이시스 병.
  if (next.entry.word.length === 1) {
    return classification.major_category !== "음식물류폐기물" && word.length > 2;
  }
  return isBroken.test(rest)
    ? !isMadeUp(item, next, vocabulary)
    : madeOf.test(rest) && isMadeUp(next, item, vocabulary);
}

/** Whether the vocabulary has this thing made of this material. */
const isMadeUp = (of: Mention, thing: Mention, { words }: Vocabulary): boolean =>
  Array.from(thing.entry.word).some((_, at) =>
    words.has(of.entry.word + thing.entry.word.slice(at)),
  );

/** The position of an unlisted head noun that the known item modifies; null when there is none. */
export function unknownHead(text: Text, item: Mention): number | null {
  const { tight } = text;
  const last = wordsOf(text, item.end).findLast(
    ({ at }) => at > item.end && isAdnominal(tight.slice(item.end, at)),
  );
  if (!last || !isModifiedAt(text, item, last.at)) return null;
  const thing = tight.slice(last.at);
  return isNoun({ ...last, written: thing, noun: thing }) && !isAdnominal(thing) ? last.at : null;
}
