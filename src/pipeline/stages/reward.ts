import { z } from "zod";
import { log } from "../../platform/log.ts";
import { refusalOf, RewardRefusal } from "../reward-refusal.ts";
import type { Classification } from "../taxonomy.ts";
import { Owner } from "../request.ts";
import { answer } from "./answer.ts";
import { defineStage } from "./define-stage.ts";
import { rule } from "./rule.ts";
import { vision } from "./vision.ts";

const matchLimitMs = 10_000;

/** A character as the catalog had it. */
export const Reward = z.strictObject({
  code: z.string(),
  name: z.string(),
  type: z.string(),
  dialog: z.string(),
  match_reason: z.string(),
  /** Whether the user owned it when the scan was admitted. */
  already_owned: z.boolean(),
});
export type Reward = z.infer<typeof Reward>;

/**
 * Matches the character of a recyclable that is ready to be discharged, and whose class is asked nobody about;
 * it is granted when the scan has ended. Words alone give one new character a day. A catalog that is slow or
 * down leaves the reward pending: the scan completes on time, and the queue `character-match` matches and grants
 * later.
 */
export const reward = defineStage({
  name: "reward",
  input: z.object({
    owner: Owner,
    vision: vision.output,
    rule: rule.output,
    answer: answer.output,
  }),
  output: z.strictObject({
    reward: Reward.nullable(),
    /** Whether the catalog was not reached. Earlier versions did not say it. */
    reward_pending: z.boolean().default(false),
    /** Where the scan itself does not say why there is no character. */
    refusal: RewardRefusal.optional(),
  }),
  attempts: 4,
  deadlineMs: 30_000,
  ttlMs: 3_600_000,
  progress: { from: 75, to: 100 },
  shards: [""],
  batch: { size: 50, waitSeconds: 0 },
  async run({ owner, ...scanned }, { characters, rewards }) {
    if (owner.test || refusalOf(scanned)) return { reward: null };
    const { classification } = scanned.vision;
    const match = await withinLimit(characters.matching(classification.middle_category));
    if (match === unreached) return { reward: null, reward_pending: true };
    if (!match) return { reward: null };
    const already_owned = owner.owned.includes(match.code);
    if (owner.words_only && !already_owned) {
      const allowed = await withinLimit(rewards.allowForWords(owner, match.code));
      if (allowed === unreached) return { reward: null, reward_pending: true };
      if (!allowed) return { reward: null, refusal: "words_limit" as const };
    }
    const { code, name, type, dialog } = match;
    const match_reason = matchReason(classification);
    return { reward: { code, name, type, dialog, match_reason, already_owned } };
  },
});

const unreached = "unreached";

/** The reply within the time limit; `unreached` for a catalog, or an account, that is slow or down. */
async function withinLimit<Reply>(reply: Promise<Reply>): Promise<Reply | typeof unreached> {
  const { promise: limit, resolve } = Promise.withResolvers<typeof unreached>();
  const timer = setTimeout(resolve, matchLimitMs, unreached);
  try {
    return await Promise.race([reply, limit]);
  } catch (error) {
    log("warn", "character.match_failed", { error: String(error) });
    return unreached;
  } finally {
    clearTimeout(timer);
  }
}

function matchReason({ middle_category, minor_category }: Classification): string {
  return minor_category ? `${middle_category}>${minor_category}` : middle_category;
}
