import { rewardRefusalMessages } from "../../src/resident-messages.ts";
import type { Asks, ConfirmedBy } from "../../src/pipeline/certainty.ts";
import type { EventFrame } from "../../src/pipeline/frames.ts";
import type { Rule } from "../../src/pipeline/item-rule.ts";
import type { ResultBody } from "../../src/pipeline/result-body.ts";
import type { Checkpoints } from "../../src/pipeline/stages/stage-table.ts";
import { Category, categoryClass } from "../../src/pipeline/taxonomy.ts";

type Seen = NonNullable<Checkpoints["vision"]>;

/** The vision result of a photo with these probabilities, the highest first. */
export function photoSeen(probabilities: Partial<Record<Category, number>>, asks: Asks | null) {
  const candidates = Object.entries(probabilities).map(([category, probability]) => ({
    classification: categoryClass(Category.parse(category)),
    probability,
  }));
  const [first] = candidates;
  if (!first) throw new RangeError("A photo has at least one candidate");
  const { classification, probability: confidence } = first;
  return {
    classification,
    confidence,
    candidates,
    asks,
    confirmed_by: null,
    situation_tags: [],
    notice: null,
    regulation_version: "v1",
    calls: [],
  } satisfies Seen;
}

/** The same after the resident's choice. */
export const confirmedAs = (
  seen: Seen,
  category: Category,
  confirmed_by: ConfirmedBy = "category",
): Seen => ({
  ...seen,
  classification: categoryClass(category),
  confidence: 1,
  asks: null,
  confirmed_by,
});

const steps = ["내용물을 비우고 물로 헹궈 주세요.", "뚜껑과 라벨을 떼어 주세요."];

const ruleOf = ({ major_category: major, middle_category: middle }: Seen["classification"]) =>
  ({
    key: major === "재활용폐기물" ? "재활용폐기물_유리병" : "일반종량제폐기물",
    category: { major, middle },
    name: middle,
    summary: middle,
    source: {
      title: "재활용가능자원의 분리수거 등에 관한 지침 별표 1",
      publisher: "기후에너지환경부",
      url: "https://www.law.go.kr/LSW/admRulInfoP.do?admRulSeq=2100000272746",
      number: "기후에너지환경부훈령 제18호",
      effective_date: "2026-01-01",
      checked_on: "2026-11-29",
    },
    steps: [...steps, `${middle} 수거함에 넣어 주세요.`],
    not_accepted: [],
    checks: [],
    version: "v1",
    group: null,
    when: null,
    local: null,
  }) satisfies Rule;

/** The frames of a run: 0 to 4, or 5 to 8 of one that goes on with a confirmed class. */
export function runOf(seen: Seen): EventFrame[] {
  const { classification, situation_tags, confidence, candidates, asks, confirmed_by } = seen;
  const rule = ruleOf(classification);
  const answer = {
    disposal_steps: Object.fromEntries(rule.steps.map((step, at) => [`단계${at + 1}`, step])),
    insufficiencies: [],
    user_answer: `${rule.name}, 이렇게 버려 주세요.`,
  };
  const result: ResultBody = {
    task_id: "j",
    status: "completed",
    message: "",
    pipeline_result: {
      classification_result: {
        classification,
        situation_tags,
        confidence,
        candidates,
        asks,
        confirmed_by,
        meta: { user_input: null },
      },
      disposal_rules: rule,
      final_answer: answer,
    },
    reward: null,
    reward_pending: false,
    reward_refusal:
      asks === null
        ? null
        : { reason: "not_confirmed" as const, message: rewardRefusalMessages.not_confirmed },
    error: null,
    metadata: {
      model: "offline",
      fallbacks: [],
      usage: { input_tokens: 0, output_tokens: 0, cost_usd: 0 },
      calls: [],
      stage_latencies_ms: {},
      regulation_version: "v1",
      regulation: null,
      region: null,
    },
  };
  const frames = [
    ...(confirmed_by ? [] : [{ stage: "queued", status: "started", progress: 0 } as const]),
    {
      stage: "vision",
      status: confirmed_by ? "confirmed" : "completed",
      progress: 25,
      result: seen,
    } as const,
    { stage: "rule", status: "completed", progress: 50, result: { rule, region: null } } as const,
    {
      stage: "answer",
      status: "completed",
      progress: 75,
      result: { ...answer, calls: [] },
    } as const,
    { stage: "done", status: "completed", progress: 100, result } as const,
  ];
  const first = confirmed_by ? 5 : 0;
  return frames.map((fields, at) =>
    Object.assign({ job_id: "j", ts: new Date(0).toISOString(), seq: first + at }, fields),
  );
}
