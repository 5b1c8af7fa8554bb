import { z } from "zod";
import { noRuleMessages } from "../../resident-messages.ts";
import { ModelCall } from "../model-call.ts";
import { ScanRequest } from "../request.ts";
import { defineStage, hopShards } from "./define-stage.ts";
import { rule } from "./rule.ts";
import { vision } from "./vision.ts";

/** Writes how to discharge the item. Without a rule no model is called. */
export const answer = defineStage({
  name: "answer",
  input: z.object({
    request: ScanRequest,
    spent_usd: z.number(),
    vision: vision.output,
    rule: rule.output,
  }),
  output: z.strictObject({
    /** `단계1` … `단계10`, in order. */
    disposal_steps: z.record(z.string().regex(/^단계([1-9]|10)$/), z.string()),
    insufficiencies: z.array(z.string()),
    user_answer: z.string(),
    calls: z.array(ModelCall),
  }),
  attempts: 4,
  deadlineMs: 60_000,
  ttlMs: 3_600_000,
  progress: { from: 50, to: 75 },
  shards: hopShards,
  batch: { size: 50, waitSeconds: 0 },
  async run({ request, spent_usd, vision: seen, rule: found }, ports, signal, onText) {
    if (!found.rule) {
      const { insufficiency, apology } = noRuleMessages;
      const user_answer = seen.notice ?? apology;
      return { disposal_steps: {}, insufficiencies: [insufficiency], user_answer, calls: [] };
    }
    const { classification, situation_tags, notice } = seen;
    const withNotice = (text: string) => (notice ? `${notice} ${text}` : text);
    const { steps, ...written } = await ports.model(request.model).answer(
      {
        photo: request.photo,
        words: request.user_input,
        classification,
        situation_tags,
        rule: found.rule,
        spent_usd,
      },
      signal,
      (soFar) => onText(withNotice(soFar)),
    );
    return {
      ...written,
      user_answer: withNotice(written.user_answer),
      disposal_steps: Object.fromEntries(
        steps.slice(0, 10).map((step, index) => [`단계${index + 1}`, step]),
      ),
    };
  },
});
