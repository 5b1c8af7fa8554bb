import { z } from "zod";
import { ModelCall } from "../model-call.ts";
import { ScanRequest } from "../request.ts";
import { defineStage, modelShards } from "./define-stage.ts";
import { rule } from "./rule.ts";
import { vision } from "./vision.ts";

const noRule = {
  disposal_steps: {},
  insufficiencies: ["배출 규정 매칭 실패"],
  calls: [],
};
const apology =
  "죄송해요, 이 품목의 배출 규정을 찾지 못했어요. 품목 이름을 조금 더 자세히 알려 주세요.";

/** Writes how the item is discharged. Without a rule there is nothing to write from, so no model is asked. */
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
  attempts: 3,
  deadlineMs: 60_000,
  leaseMs: 90_000,
  ttlMs: 3_600_000,
  backoff: { baseMs: 2_000, capMs: 120_000 },
  progress: { from: 50, to: 75 },
  shards: modelShards,
  batch: { size: 50, waitSeconds: 0 },
  async run({ request, spent_usd, vision: seen, rule: found }, ports, signal, onText) {
    if (!found.rule) return { ...noRule, user_answer: seen.notice ?? apology };
    const { classification, situation_tags } = seen;
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
      onText,
    );
    return {
      ...written,
      disposal_steps: Object.fromEntries(
        steps.slice(0, 10).map((step, index) => [`단계${index + 1}`, step]),
      ),
    };
  },
});
