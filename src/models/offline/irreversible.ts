import type { Regulation } from "../../pipeline/regulation.ts";
import type { Classification, SituationTag } from "../../pipeline/taxonomy.ts";
import { type Entry, normalize, type Text, type Vocabulary } from "../../regulations/vocabulary.ts";
import { breakUp } from "./verbs.ts";

/** A state that cleaning does not undo. It decides where an item goes. */
interface State {
  tag: SituationTag;
  /** The words that state it, where the tag alone does not. */
  stated?: RegExp;
  /** The part of a listed name that states it. */
  pattern: RegExp;
  prefixes: readonly string[];
}

/** Grease all over, of which no clean part is left: 기름이 다 배었어요, 온통 기름, 기름 범벅. */
const all = "(?:다|전부|온통|전체|완전히?|흠뻑|푹)";
const greasyAllOver = new RegExp(
  `기름[가-힣]{0,3}?${all}(?:에|가|로)?(?:배|밴|뱄|묻|절|젖|번|스며)|` +
    "(?:전부|온통|전체|완전히?|흠뻑)[가-힣]{0,6}?기름|기름(?:범벅|투성이)|기름에(?:절|젖|쩐|쩔|전)",
  "u",
);

const states: readonly State[] = [
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
  {
    tag: "기름기_오염",
    stated: greasyAllOver,
    pattern: /^기름(?:밴|묻은)/u,
    prefixes: ["기름밴", "기름묻은"],
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
      [it.name, ...it.aliases].flatMap((written) =>
        states
          .filter(({ pattern }) => pattern.test(normalize(written)))
          .map((state) => {
            const noun = normalize(written).replace(state.pattern, "");
            const own = [category.middle, name].map(normalize).includes(noun);
            const goes_to = byKey.get(it.goes_to)?.category;
            return { state, middle: category.middle, noun, own, goes_to, name: written };
          }),
      ),
    ),
  );

  return (
    { word, classification }: Entry,
    tags: ReadonlySet<SituationTag>,
    { tight }: Text,
  ): Classification | null => {
    const holding = states.filter(
      ({ tag, stated }) => tags.has(tag) && (stated?.test(tight) ?? true),
    );
    const listed = holding
      .flatMap(({ prefixes }) => prefixes.map((prefix) => words.get(prefix + word)))
      .find((it) => it !== undefined);
    if (listed) return listed.classification;
    const refusal = refused.find(
      ({ state, middle, noun, own }) =>
        holding.includes(state) &&
        middle === classification.middle_category &&
        (own || (noun !== "" && word.endsWith(noun))),
    );
    if (!refusal?.goes_to) return null;
    const { major, middle } = refusal.goes_to;
    return { major_category: major, middle_category: middle, minor_category: refusal.name };
  };
}
