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
  /** The user has had the new character that a day gives for words alone. */
  "words_limit",
  /** The catalog was not reached: the character is matched and granted later. */
  "catalog_unavailable",
]);
export type RewardRefusal = z.infer<typeof RewardRefusal>;

/** What ticking the steps ends. */
export const endedBySteps: readonly (RewardRefusal | null)[] = ["insufficiencies", "words_limit"];

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

type Ended = Partial<Scanned> & {
  reward?: { reward: unknown; reward_pending: boolean; refusal?: RewardRefusal | undefined };
};

/** Why a scan whose last stage is done has no character; null when it has one, or that stage is not done. */
export function rewardRefusalOf({ vision, rule, answer, reward }: Ended): RewardRefusal | null {
  if (!vision || !rule || !answer || !reward || reward.reward) return null;
  const unmatched = reward.reward_pending ? "catalog_unavailable" : "no_character";
  return reward.refusal ?? refusalOf({ vision, rule, answer }) ?? unmatched;
}
