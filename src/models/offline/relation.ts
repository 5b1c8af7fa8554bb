import { isAdnominal, type Span, type Text } from "../../regulations/vocabulary.ts";

/**
 * The relation of an item to the next one: it modifies it (옷장에서 나온 옷), forms a compound with it
 * (김치 통), holds it (병에 잼이 남았어요), is thrown out with it, or stands in another clause.
 */
export type Relation = "modifies" | "compound" | "holds" | "and" | "apart";

/** A particle that marks the topic, subject or object of a clause. */
const topic = /^(?:들)?(?:은|는|이|가|을|를|도|만)/u;
/** The end of a clause. An item before it does not modify what follows. */
const clauseEnd =
  /는데|인데|은데|고요|구요|어요|아요|니다|지만|[거것꺼](?:$|이?랑|는|도|를|가|하고|인)|버려|버릴/u;
const joins = /(?:,|이랑|랑|하고|와|과|및|그리고|이나|또|도)$/u;
const joinsAtOnce = /^(?:들)?(?:이랑|랑|하고(?!나온|남은|나서|굳은|난)|와|과)/u;
const place = /(?:째로?|에서|한테서|의|(?:위|옆|밑|아래|앞|뒤)에)$/u;
const within = /에(?:다|다가)?$/u;

export function relationOf(text: Text, item: Span, next: Span): Relation {
  const between = text.tight.slice(item.end, next.at);
  if (text.gaps.slice(item.end, next.at + 1).includes(",")) return "and";
  if (between === "") return "compound";
  if (joins.test(between) || joinsAtOnce.test(between)) return "and";
  if (isModifiedAt(text, item, next.at) || place.test(between)) return "modifies";
  if (within.test(between)) return next.end < text.tight.length ? "holds" : "modifies";
  return text.gaps[item.end] !== "" && !clauseEnd.test(between) ? "compound" : "apart";
}

/** Whether a verb after the item modifies the noun at a position: 담긴, 붙어 있던. */
export function isModifiedAt({ tight, gaps }: Text, item: Span, to: number): boolean {
  const from = item.end + (topic.exec(tight.slice(item.end, to))?.[0].length ?? 0);
  if (clauseEnd.test(tight.slice(from, to))) return false;
  for (let at = from + 1; at <= to; at += 1) {
    if ((at === to || gaps[at] !== "") && isAdnominal(tight.slice(from, at))) return true;
  }
  return false;
}
