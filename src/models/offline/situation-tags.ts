import type { SituationTag } from "../../pipeline/taxonomy.ts";
import type { Span, Text } from "../../regulations/vocabulary.ts";
import { conditions } from "./conditions.ts";
import { filler, remain, stick } from "./verbs.ts";

/** 남은 that modifies a noun after it; 남은 것 is excluded. */
const ofAnother = /^남은(?!거|것|꺼|건|게|걸).*[가-힣]/u;

/** Forms such as 남았어요 and 들어 있는 state by themselves that something is left. */
const isFinite = /^(?:남(?!은)|들)/u;

export interface FoundTags {
  tags: ReadonlySet<SituationTag>;
  /** The spans that describe a state, so that "라벨" in them does not count as an item. */
  spans: (Span & { tag: SituationTag | null })[];
}

/** Anything that sticks to the item, or remains in it. */
const anythingSticks = new RegExp(`${filler}${stick.done}`, "gu");
const anythingRemains = new RegExp(`(${filler})${remain.done}`, "gu");
/** Before a remainder of the item itself, which is no content: 먹다 남은, 공사하고 남은, 옆에 있는. */
const leftover = /(?:^|랑|와|과|하고|다|고|옆에|위에|밑에|서|집에|고에|없|수|구|기한)$/u;

/**
 * Finds situation tags in words.
 * @param isFood whether the words before a verb end in a food
 */
export function findSituationTags(text: Text, isFood: (before: string) => boolean): FoundTags {
  const tags = new Set<SituationTag>();
  const spans: FoundTags["spans"] = [];
  let rest = text.tight;

  function take(tag: SituationTag | null, at: number, end: number, names: boolean) {
    if (tag) tags.add(tag);
    if (names) return;
    spans.push({ tag, at, end });
    rest = rest.slice(0, at) + " ".repeat(end - at) + rest.slice(end);
  }

  for (const { tag, pattern, starts, ends, names } of conditions) {
    for (const match of rest.matchAll(pattern)) {
      const end = match.index + match[0].length;
      if ((starts && text.gaps[match.index] === "") || (ends && text.gaps[end] === "")) continue;
      if (match[0] !== "") take(tag, match.index, end, names ?? false);
    }
  }
  for (const match of rest.matchAll(anythingSticks)) {
    const before = rest.slice(0, match.index);
    if (/(?:^|\s)$/u.test(before)) continue;
    take(
      isFood(before) ? "음식물_오염" : "이물질_부착",
      match.index,
      match.index + match[0].length,
      false,
    );
  }
  for (const match of rest.matchAll(anythingRemains)) {
    const verbAt = match.index + (match[1]?.length ?? 0);
    const before = rest.slice(0, verbAt);
    const end = match.index + match[0].length;
    const sure =
      match[1] !== "" ||
      (text.gaps[verbAt] !== "" && isFinite.test(text.tight.slice(verbAt))) ||
      before.includes("에") ||
      ofAnother.test(text.tight.slice(verbAt));
    if (!sure || leftover.test(before) || tags.has("소스_잔존") || tags.has("가스_잔존_의심"))
      continue;
    if (match[0].endsWith("있") && !/들어|담겨|차/u.test(match[0])) continue;
    take("내용물_있음", match.index, end, true);
  }
  return { tags, spans };
}
