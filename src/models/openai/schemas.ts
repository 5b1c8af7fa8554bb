import { z } from "zod";
import {
  type Classification,
  Major,
  majors,
  recyclableMiddles,
  SituationTag,
} from "../../pipeline/taxonomy.ts";

/** Every legal category as one word, so that a strict schema leaves no illegal pair to choose. */
const recyclable = "재활용폐기물";
export const categories = [
  ...recyclableMiddles.map((middle) => `${recyclable}>${middle}` as const),
  ...majors.filter((major) => major !== recyclable),
] as const;

/** What the model is asked for when it looks. Strict: no optional fields, no refinements. */
export const VisionReply = z.object({
  category: z.enum(categories),
  item: z.string().nullable(),
  situation_tags: z.array(SituationTag),
});

/** What the model is asked for when it writes. The text comes first, because it is shown as it comes. */
export const AnswerReply = z.object({
  user_answer: z.string(),
  insufficiencies: z.array(z.string()),
  steps: z.array(z.string()),
});

/** The domain's classification of a model's choice. A blank item, or the word null, is no item. */
export function toClassification(reply: z.infer<typeof VisionReply>): Classification {
  const [major, middle] = reply.category.split(">");
  const item = reply.item?.trim();
  return {
    major_category: Major.parse(major),
    middle_category: middle ?? Major.parse(major),
    minor_category: item && item !== "null" ? item : null,
  };
}
