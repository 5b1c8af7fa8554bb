import type { z } from "zod";
import type { ResultBody } from "../pipeline/result-body.ts";

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

export const classification = {
  major_category: "재활용폐기물",
  middle_category: "무색페트병",
  minor_category: "투명 페트병",
} as const;

const words = "깨끗이 헹군 투명 페트병, 라벨 뗐어요";
const tags = ["비닐_라벨_완전_제거됨", "세척_완료"] as const;
const steps = [
  "내용물을 깨끗이 비워 주세요.",
  "물로 속을 헹궈 주세요.",
  "비닐 라벨을 완전히 떼어 비닐류로 따로 모아 주세요.",
];

type Result = z.input<typeof ResultBody>;

const pipelineResult: Result["pipeline_result"] = {
  classification_result: {
    classification,
    situation_tags: [...tags],
    meta: { user_input: words },
  },
  disposal_rules: {
    key: "재활용폐기물_무색페트병",
    category: { major: "재활용폐기물", middle: "무색페트병" },
    name: "무색(투명) 페트병",
    summary:
      "생수와 음료가 담겼던 투명한 페트병은 라벨을 떼고 찌그러뜨려 따로 내놓는 재활용품입니다.",
    source: {
      title: "재활용가능자원의 분리수거 등에 관한 지침(환경부훈령) 투명페트병 별도 분리배출",
      publisher: "환경부",
      effective_date: "2020-12-25",
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
    checks: [
      {
        tag: "비닐_라벨_부착",
        shortfall: "비닐 라벨이 아직 붙어 있어요. 라벨을 완전히 떼어 주세요.",
      },
    ],
    version: "a5eb5bc1b194",
    group: null,
    local: null,
  },
  final_answer: {
    disposal_steps: Object.fromEntries(steps.map((step, index) => [`단계${index + 1}`, step])),
    insufficiencies: [],
    user_answer: "「투명 페트병」 품목은 「무색(투명) 페트병」 배출 방법을 따라 주세요.",
  },
};

const call = {
  model: "offline",
  input_tokens: 0,
  output_tokens: 0,
  cost_usd: 0,
  reused: false,
  error: null,
};

/** What the model calls of the scan came to. */
export const spending = {
  usage: { input_tokens: 0, output_tokens: 0, cost_usd: 0 },
  calls: [
    { ...call, stage: "vision" as const, attempt: 1 },
    { ...call, stage: "answer" as const, attempt: 1 },
  ],
};

const regulation = {
  key: "재활용폐기물_무색페트병",
  effective_date: "2020-12-25",
  source: "재활용가능자원의 분리수거 등에 관한 지침(환경부훈령) 투명페트병 별도 분리배출",
  publisher: "환경부",
};

/** Scans that have ended. */
export const results = {
  completed: {
    task_id: jobId,
    status: "completed",
    message: "분석이 끝났어요.",
    pipeline_result: pipelineResult,
    reward: {
      name: "페티",
      dialog: "라벨까지 떼어 주다니 최고야! 나는 새 옷으로 다시 태어날게.",
      match_reason: "무색페트병>투명 페트병",
      type: "재활용",
      already_owned: false,
    },
    error: null,
    metadata: {
      model: "offline",
      fallbacks: [],
      ...spending,
      stage_latencies_ms: { vision: 379, rule: 0, answer: 69, reward: 0 },
      regulation_version: "a5eb5bc1b194",
      regulation,
      region: null,
    },
  },
  cancelled: {
    task_id: jobId,
    status: "cancelled",
    message: "분석을 취소했어요.",
    pipeline_result: null,
    reward: null,
    error: null,
    metadata: {
      model: "offline",
      fallbacks: [],
      usage: spending.usage,
      calls: spending.calls.slice(0, 1),
      stage_latencies_ms: { vision: 133, rule: 0 },
      regulation_version: "a5eb5bc1b194",
      regulation,
      region: null,
    },
  },
} as const satisfies Record<string, Result>;

/** A scan that has not ended. */
export const pending = {
  processing: {
    status: "processing" as const,
    message: "분석하고 있어요.",
    current_stage: "answer" as const,
    progress: 50,
    attempt: 0,
    next_retry_at: null,
    last_error: null,
  },
  parked: {
    status: "parked" as const,
    message: "잠시 멈췄어요. 자동으로 다시 시작해서 이어서 분석할게요.",
    current_stage: "answer" as const,
    progress: 50,
    attempt: 3,
    next_retry_at: null,
    last_error: { code: "MODEL_UNAVAILABLE", message: "The model gpt-5.2 did not answer." },
  },
};

/** The scan while it waits for a stage that is paused. */
export const waitingSnapshot = {
  job_id: jobId,
  traceparent: traceId,
  status: "running" as const,
  stage: "answer" as const,
  progress: 50,
  attempt: 0,
  max_attempts: 4,
  last_error: null,
  next_retry_at: null,
  model: "offline",
  usage: spending.usage,
  calls: spending.calls.slice(0, 1),
  submitted_at: "2026-11-22T11:34:39.812Z",
  ended_at: null,
  stages: [
    {
      stage: "vision" as const,
      status: "completed" as const,
      attempts: 1,
      started_at: "2026-11-22T11:34:39.861Z",
      completed_at: "2026-11-22T11:34:39.994Z",
    },
    {
      stage: "rule" as const,
      status: "completed" as const,
      attempts: 1,
      started_at: "2026-11-22T11:34:39.994Z",
      completed_at: "2026-11-22T11:34:39.994Z",
    },
    {
      stage: "answer" as const,
      status: "waiting" as const,
      attempts: 0,
      started_at: null,
      completed_at: null,
    },
    {
      stage: "reward" as const,
      status: "pending" as const,
      attempts: 0,
      started_at: null,
      completed_at: null,
    },
  ],
  partial_result: {
    classification_result: {
      classification,
      situation_tags: [...tags],
      meta: { user_input: words },
    },
    disposal_rules: pipelineResult?.disposal_rules ?? null,
  },
};

/** Why it waits. */
export const waitingFor = {
  reason: "paused" as const,
  message: "잠시 점검하고 있어요. 끝나는 대로 이어서 분석할게요.",
  stage: "answer" as const,
  attempt: 0,
  max_attempts: 4,
  since: "2026-11-22T11:34:41.994Z",
  next_retry_at: null,
  next_redrive_at: null,
  paused: { by: "kim", reason: "점검", since: "2026-11-22T11:34:39.484Z", until: null },
  backlog: { messages: 0, oldest_age_s: null },
  last_error: null,
};

/** The scan after it was cancelled. */
export const cancelledSnapshot = {
  ...waitingSnapshot,
  status: "cancelled" as const,
  progress: 100,
  ended_at: "2026-11-22T11:34:42.137Z",
  stages: waitingSnapshot.stages.map((it) =>
    it.stage === "answer" ? Object.assign({}, it, { status: "cancelled" as const }) : it,
  ),
};
const head = { job_id: jobId, traceparent: traceId };

/** Frames of a stream. */
export const frames = {
  "a stage has completed": {
    ...head,
    seq: 2,
    ts: "2026-11-22T11:34:27.780Z",
    stage: "vision",
    status: "completed",
    progress: 25,
    result: {
      classification: {
        major_category: "재활용폐기물",
        middle_category: "무색페트병",
        minor_category: "투명 페트병",
      },
      situation_tags: ["비닐_라벨_완전_제거됨", "세척_완료"],
      notice: null,
      regulation_version: "a5eb5bc1b194",
      calls: [],
    },
  },
  "an attempt is repeated": {
    ...head,
    seq: 6,
    ts: "2026-11-22T11:34:29.001Z",
    stage: "answer",
    status: "retrying",
    progress: 50,
    attempt: 1,
    error: {
      code: "MODEL_UNAVAILABLE",
      message: "The model gpt-5.2 did not answer.",
      retry_at: "2026-11-22T11:34:31.001Z",
    },
  },
  "the answer grows": {
    job_id: jobId,
    ts: "2026-11-22T11:34:27.900Z",
    stage: "answer",
    status: "delta",
    progress: 50,
    result: { offset: 12, text: "라벨을 떼어 " },
  },
};
