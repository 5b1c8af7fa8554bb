import { z } from "zod";
import {
  type Classification,
  Major,
  majors,
  maxOtherItems,
  OtherItem,
  recyclableMiddles,
  SituationTag,
} from "../../pipeline/taxonomy.ts";

/** Every legal category as one word, so that a strict schema leaves no illegal pair to choose. */
const recyclable = "재활용폐기물";
export const categories = [
  ...recyclableMiddles.map((middle) => `${recyclable}>${middle}` as const),
  ...majors.filter((major) => major !== recyclable),
] as const;

/** The schema that a model is asked to follow when it classifies. Strict: no optional fields. */
export const VisionReply = z.object({
  category: z.enum(categories),
  item: z.string().nullable(),
  situation_tags: z.array(SituationTag),
  other_items: z.array(z.string()),
});

/** The schema that a model is asked to follow when it answers. The text comes first: it is shown as it comes. */
export const AnswerReply = z.object({
  user_answer: z.string(),
  insufficiencies: z.array(z.string()),
  steps: z.array(z.string()),
});

/** The longest item, which is shown as a name, and the most characters of an answer with its steps. */
const longestItem = 200;
const longestAnswer = 20_000;

const text = z.string().transform((it) => it.toWellFormed().trim());
/** The texts of a list. Other members, and blank ones, are left out. */
const texts = z.array(text.catch("")).transform((all) => all.filter((it) => it !== ""));

const isOtherItem = (it: string) => it !== "null" && OtherItem.safeParse(it).success;

/** A reply to `VisionReply` as it is accepted: the category is needed, the rest may be missing or odd. */
export const VisionOutput = z.object({
  category: z
    .string()
    .transform((it) => it.normalize().replaceAll(/\s/g, ""))
    .pipe(z.enum(categories)),
  item: text.pipe(z.string().max(longestItem)).nullable().catch(null),
  situation_tags: z
    .array(SituationTag.nullable().catch(null))
    .catch([])
    .transform((tags) => [...new Set(tags)].filter((tag) => tag !== null)),
  other_items: texts
    .transform((items) => [...new Set(items)].filter(isOtherItem).slice(0, maxOtherItems))
    .catch([]),
});

/** A reply to `AnswerReply` as it is accepted: text and steps are needed. More than ten steps are cut. */
export const AnswerOutput = z
  .object({
    user_answer: text.pipe(z.string().min(1)),
    insufficiencies: texts.catch([]),
    steps: texts.transform((steps) => steps.slice(0, 10)),
  })
  .refine((answer) => JSON.stringify(answer).length <= longestAnswer, {
    error: `the answer has more than ${longestAnswer} characters`,
  });

/** The domain's classification of a model's choice. A blank item, or the word null, is no item. */
export function toClassification(
  reply: Pick<z.infer<typeof VisionReply>, "category" | "item">,
): Classification {
  const [major, middle] = reply.category.split(">");
  const item = reply.item?.trim();
  return {
    major_category: Major.parse(major),
    middle_category: middle ?? Major.parse(major),
    minor_category: item && item !== "null" ? item : null,
  };
}
