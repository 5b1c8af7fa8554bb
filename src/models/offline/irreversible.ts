import type { Regulation } from "../../pipeline/regulation.ts";
import type { Classification, SituationTag } from "../../pipeline/taxonomy.ts";
import { type Entry, normalize, type Vocabulary } from "../../regulations/vocabulary.ts";
import { breakUp } from "./verbs.ts";

/** States that cleaning does not undo. They decide where an item goes. */
const states: readonly { tag: SituationTag; pattern: RegExp; prefixes: readonly string[] }[] = [
  {
    tag: "깨짐",
    pattern: new RegExp(`^${breakUp.done}|${breakUp.done}$`, "u"),
    prefixes: ["깨진", "금간"],
  },
  {
    tag: "배터리_포함",
    pattern: /^(?:건전지|배터리|전동)/u,
    prefixes: ["건전지", "배터리", "전동"],
  },
];

/**
 * Where an item goes in its irreversible state. A document that refuses 깨진 유리병 refuses every
 * broken item whose name ends in 유리병. It refuses all broken items when 유리병 is its own name.
 */
export function irreversibleOf(documents: readonly Regulation[], { words }: Vocabulary) {
  const byKey = new Map(documents.map((it) => [it.key, it]));
  const refused = documents.flatMap(({ category, name, not_accepted }) =>
    not_accepted.flatMap((it) =>
      [it.name, ...it.aliases].map(normalize).flatMap((written) =>
        states
          .filter(({ pattern }) => pattern.test(written))
          .map(({ tag, pattern }) => ({
            tag,
            middle: category.middle,
            noun: written.replace(pattern, ""),
            own: [category.middle, name].map(normalize).includes(written.replace(pattern, "")),
            goes_to: byKey.get(it.goes_to)?.category,
            name: it.name,
          })),
      ),
    ),
  );

  return (
    { word, classification }: Entry,
    tags: ReadonlySet<SituationTag>,
  ): Classification | null => {
    const listed = states
      .filter(({ tag }) => tags.has(tag))
      .flatMap(({ prefixes }) => prefixes.map((prefix) => words.get(prefix + word)))
      .find((it) => it !== undefined);
    if (listed) return listed.classification;
    const refusal = refused.find(
      ({ tag, middle, noun, own }) =>
        tags.has(tag) &&
        middle === classification.middle_category &&
        (own || (noun !== "" && word.endsWith(noun))),
    );
    if (!refusal?.goes_to) return null;
    const { major, middle } = refusal.goes_to;
    const named = words.get(normalize(refusal.name))?.classification.minor_category;
    return {
      major_category: major,
      middle_category: middle,
      minor_category: named ?? refusal.name,
    };
  };
}
