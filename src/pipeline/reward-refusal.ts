import { z } from "zod";
import type { Rule } from "./item-rule.ts";
import type { Classification } from "./taxonomy.ts";

/** Why a scan has no character. */
export const RewardRefusal = z.enum([
  /** It is no recyclable. */
  "not_recyclable",
  /** No regulation rules the item. */
  "no_rule",
  /** Something is still to be done with the item. */
  "insufficiencies",
  /** The resident is asked whether the class is right. */
  "not_confirmed",
  /** The catalog has no character for the category. */
  "no_character",
  /** The catalog was not reached: the character is matched and granted later. */
  "catalog_unavailable",
]);
export type RewardRefusal = z.infer<typeof RewardRefusal>;

interface Scanned {
  vision: { classification: Classification; asks: unknown };
  rule: { rule: Rule | null };
  answer: { insufficiencies: readonly string[] };
}

/** Why no character is matched for a scan; null when one is. */
export function refusalOf({ vision, rule: found, answer }: Scanned): RewardRefusal | null {
  if (vision.classification.major_category !== "재활용폐기물") return "not_recyclable";
  if (!found.rule) return "no_rule";
  if (answer.insufficiencies.some((it) => it.trim() !== "")) return "insufficiencies";
  return vision.asks ? "not_confirmed" : null;
}
