import { z } from "zod";
import { StoredSource } from "./source.ts";
import { type Classification, majors, recyclableMiddles, Major, SituationTag } from "./taxonomy.ts";

/**
 * The keys of the 18 regulation documents: one per recyclable middle (`재활용폐기물_<중분류>`),
 * one per other major. 미분류 has none.
 */
export const regulationKeys = [
  ...recyclableMiddles.map((middle) => `재활용폐기물_${middle}` as const),
  ...majors.filter((major) => major !== "재활용폐기물" && major !== "미분류"),
] as const;
export const RegulationKey = z.enum(regulationKeys);
export type RegulationKey = z.infer<typeof RegulationKey>;

const sentence = z.string().trim().min(1).max(200);
const word = z.string().trim().min(1).max(40);

const Item = z.strictObject({
  /** The item's name in an answer. */
  name: word,
  /** Other names of the item: synonyms, generic brand names, spellings. */
  aliases: z.array(word),
  /** Name of one of `groups`, when the item has steps of its own. */
  group: word.nullable(),
  /**
   * One sentence for the resident: when the item belongs here, and when to another document. Null when its name
   * has no other meaning.
   */
  when: sentence.nullable().default(null),
});

/** The fields of a regulation that a single item's rule shares. */
export const ruleFields = {
  key: RegulationKey,
  category: z.strictObject({ major: Major, middle: z.string() }),
  name: word,
  summary: sentence,
  source: StoredSource,
  /** The steps every item of the category takes, in order. */
  steps: z.array(sentence).min(1).max(10),
  /** Items that seem to belong here, and where they go instead. */
  not_accepted: z.array(
    z.strictObject({
      name: word,
      aliases: z.array(word),
      reason: sentence,
      goes_to: RegulationKey,
    }),
  ),
  /** What remains to be done when a situation tag is seen. */
  checks: z.array(z.strictObject({ tag: SituationTag, shortfall: sentence })),
};

/**
 * One regulation document: which items a category holds and how they are discharged.
 * Steps are ordered imperative sentences in Korean.
 */
export const Regulation = z
  .strictObject({
    ...ruleFields,
    items: z.array(Item).min(1),
    /** The items of this category. */
    accepted: z.array(sentence).min(1),
    /** Sub-groups that take different steps: theirs replace the common ones. */
    groups: z.array(z.strictObject({ name: word, steps: z.array(sentence).min(1).max(10) })),
  })
  .refine((it) => it.key === keyOf(it.category.major, it.category.middle), {
    path: ["key"],
    message: "does not match the category",
  })
  .refine(
    (it) => it.items.every(({ group }) => !group || it.groups.some(({ name }) => name === group)),
    { path: ["items"], message: "names a group that does not exist" },
  );
export type Regulation = z.infer<typeof Regulation>;

const keyOf = (major: string, middle: string): string =>
  major === "재활용폐기물" ? `${major}_${middle}` : major;

/** The key of a classification's document; null for 미분류, which has none. */
export function regulationKeyFor(it: Classification): RegulationKey | null {
  return RegulationKey.safeParse(keyOf(it.major_category, it.middle_category)).data ?? null;
}
