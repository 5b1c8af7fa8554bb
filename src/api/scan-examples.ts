import { unstated } from "../pipeline/certainty.ts";
import { deltaOf, frameOf } from "../pipeline/frames.ts";
import type { EventDraft } from "../pipeline/job-events.ts";
import { type JobState, replay } from "../pipeline/job.ts";
import { noUsage } from "../pipeline/model-call.ts";
import { resultOf } from "../pipeline/result.ts";
import { snapshotOf } from "../pipeline/snapshot.ts";
import type { Checkpoints, StageName } from "../pipeline/stages/stage-table.ts";
import { waitingOf } from "../pipeline/waiting.ts";

export const jobId = "7e9708bd-b804-44fa-87da-223c20f30e0d";
export const traceId = "00-419f19cc11690c46645b33d8dba66a67-8667632161b22ff2-01";
const token =
  "eyJhbGciOiJIUzI1NiIsInR5cCI6InN0cmVhbStqd3QifQ.eyJqb2IiOiI3ZTk3MDhiZCJ9.aZDXnDtW8mGk3";

/** Where the scan of the examples is followed. */
export const links = {
  stream_url: `/api/v1/scan/${jobId}/events?token=${token}`,
  ws_url: `/api/v1/scan/${jobId}/ws?token=${token}`,
  result_url: `/api/v1/scan/${jobId}/result`,
};

const { stream_url, result_url } = links;
export const accepted = { job_id: jobId, stream_url, result_url, status: "queued" as const };

const regulation_version = "a5eb5bc1b194";
const calls = [{ model: "offline", ...noUsage, cost_usd: 0, reused: false, error: null }];
const steps = [
  "내용물을 깨끗이 비워 주세요.",
  "물로 속을 헹궈 주세요.",
  "비닐 라벨을 완전히 떼어 비닐류로 따로 모아 주세요.",
];
const started = (stage: StageName): EventDraft => ({
  type: "started",
  stage,
  attempt: 1,
  lease: stage,
});

/** The outputs of the stages for a clear bottle. */
const outputs = {
  vision: {
    classification: {
      major_category: "재활용폐기물",
      middle_category: "무색페트병",
      minor_category: "투명 페트병",
    },
    situation_tags: ["비닐_라벨_완전_제거됨", "세척_완료"],
    notice: null,
    ...unstated,
    regulation_version,
    calls,
  },
  rule: {
    rule: {
      key: "재활용폐기물_무색페트병",
      category: { major: "재활용폐기물", middle: "무색페트병" },
      name: "무색(투명) 페트병",
      summary: "투명한 페트병은 라벨을 떼고 찌그러뜨려 따로 내놓는 재활용품입니다.",
      source: {
        title: "재활용가능자원의 분리수거 등에 관한 지침 별표 1",
        publisher: "기후에너지환경부",
        url: "https://www.law.go.kr/LSW/admRulInfoP.do?admRulSeq=2100000272746",
        number: "기후에너지환경부훈령 제18호",
        effective_date: "2026-01-01",
        checked_on: "2026-11-29",
      },
      steps,
      not_accepted: [
        {
          name: "유색 페트병",
          aliases: ["색깔 있는 페트병", "초록색 페트병"],
          reason: "색이 섞이면 투명 원료로 쓸 수 없어 플라스틱류로 모아요.",
          goes_to: "재활용폐기물_플라스틱류",
        },
      ],
      checks: [{ tag: "비닐_라벨_부착", shortfall: "비닐 라벨이 아직 붙어 있어요. 떼어 주세요." }],
      version: regulation_version,
      group: null,
      when: null,
      local: null,
    },
    region: null,
  },
  answer: {
    disposal_steps: Object.fromEntries(steps.map((step, at) => [`단계${at + 1}`, step])),
    insufficiencies: [],
    user_answer: "「투명 페트병」 품목은 「무색(투명) 페트병」 배출 방법을 따라 주세요.",
    calls,
  },
  reward: {
    reward: {
      code: "char-petty",
      name: "페티",
      type: "재활용",
      dialog: "만나서 반가워! 라벨을 떼고 모아 주면 나는 새 옷으로 다시 태어날게.",
      match_reason: "무색페트병>투명 페트병",
      already_owned: false,
    },
    reward_pending: false,
  },
} satisfies Checkpoints;

/** The events of its scan. Every example is what the pipeline makes of them. */
const drafts: readonly EventDraft[] = [
  {
    type: "queued",
    requestHash: null,
    keyed: false,
    jobId,
    userId: "kim",
    traceparent: traceId,
    lane: "prompt",
    owned: [],
    request: {
      photo: null,
      user_input: "깨끗이 헹군 투명 페트병, 라벨 뗐어요",
      model: "offline",
      region: null,
      callback_url: null,
      reuse: true,
    },
  },
  started("vision"),
  { type: "completed", stage: "vision", output: outputs.vision },
  started("rule"),
  { type: "completed", stage: "rule", output: outputs.rule },
  started("answer"),
  { type: "completed", stage: "answer", output: outputs.answer },
  started("reward"),
  { type: "completed", stage: "reward", output: outputs.reward },
  { type: "done" },
];

const timeOf = (seq: number) => Date.UTC(2026, 10, 22, 11, 34, 27) + seq * 40;
const events = drafts.map((draft, seq) => Object.assign({ seq, at: timeOf(seq) }, draft));

/** The scan after so many events. */
function stateAfter(count: number): JobState {
  const state = replay(events.slice(0, count));
  if (!state) throw new Error("A scan begins with its first event");
  return state;
}

const ended = stateAfter(events.length);
const completed = resultOf(ended);
if (!completed) throw new Error("The scan of the examples has not ended");
export const results = { completed };

export const beforeAnswer = stateAfter(5);
export const waitsUntil = timeOf(50);
export const snapshots = {
  waiting: snapshotOf(beforeAnswer, waitsUntil),
  ended: snapshotOf(ended, waitsUntil),
};

/** Why the scan waits: an operator has paused its next stage. */
export const waiting = waitingOf(
  beforeAnswer,
  {
    pause: {
      by: "kim",
      reason: "점검",
      notice: "AI 모델을 점검하고 있어요.",
      since: timeOf(2),
      until: null,
    },
    backlog: { messages: 1, oldestAt: timeOf(5) },
  },
  waitsUntil,
);

const [, , classified] = events;
export const frames = {
  ...(classified && { "a stage has completed": frameOf(classified, stateAfter(3)) }),
  "the answer grows": deltaOf(stateAfter(6), "내용물을 비우고 라벨을 떼어 ", 9, timeOf(6)),
};
