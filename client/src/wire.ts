// Written by `npm run client:types` from `typeof app`; do not edit.

/** What a frame speaks of. */
export type Stage = "answer" | "done" | "queued" | "reward" | "rule" | "vision";

export type StageName = "answer" | "reward" | "rule" | "vision";

export type JobStatus = "cancelled" | "completed" | "failed" | "parked" | "queued" | "running";

export type Major =
  | "공사장생활폐기물"
  | "대형폐기물"
  | "미분류"
  | "불연성종량제폐기물"
  | "생활계유해폐기물"
  | "음식물류폐기물"
  | "일반종량제폐기물"
  | "재활용폐기물";

export type SituationTag =
  | "LED_조명"
  | "가스_잔존_의심"
  | "거울_판유리"
  | "건조_필요"
  | "금속_재질"
  | "기름기_오염"
  | "깨짐"
  | "날카로운_모서리"
  | "내열유리_의심"
  | "내용물_없음"
  | "내용물_있음"
  | "다수_품목_혼합"
  | "도자기_재질"
  | "뚜껑_분리_필요"
  | "뚜껑_있음"
  | "목재_재질"
  | "배달용기_형태"
  | "배터리_포함"
  | "백열전구_형태"
  | "복합재질_의심"
  | "분리_가능_부품"
  | "비닐_라벨_부착"
  | "비닐_라벨_완전_제거됨"
  | "비닐_재질"
  | "사진_흐림"
  | "섬유_재질"
  | "세척_완료"
  | "세척_필요"
  | "세트_구성품"
  | "소스_잔존"
  | "스티로폼_상자"
  | "스티로폼_완충재"
  | "식별_불가"
  | "압착_완료"
  | "압착_필요"
  | "오염_경미"
  | "오염_심함"
  | "유리_재질"
  | "유해물질_의심"
  | "음식물_오염"
  | "이물질_부착"
  | "재질_분리_필요"
  | "젖음"
  | "종이_재질"
  | "찌그러짐"
  | "코팅_의심"
  | "테이프_스티커_부착"
  | "파손_심함"
  | "펌프형_용기"
  | "폐기물_아님"
  | "플라스틱_재질"
  | "형광등_형태";

export type RegulationKey =
  | "공사장생활폐기물"
  | "대형폐기물"
  | "불연성종량제폐기물"
  | "생활계유해폐기물"
  | "음식물류폐기물"
  | "일반종량제폐기물"
  | "재활용폐기물_금속류"
  | "재활용폐기물_무색페트병"
  | "재활용폐기물_발포합성수지"
  | "재활용폐기물_비닐류"
  | "재활용폐기물_유리병"
  | "재활용폐기물_의류및원단"
  | "재활용폐기물_전기전자제품"
  | "재활용폐기물_전지"
  | "재활용폐기물_조명제품"
  | "재활용폐기물_종이"
  | "재활용폐기물_종이팩"
  | "재활용폐기물_플라스틱류";

/** What the history can be narrowed to. */
export type HistoryCategory =
  | "공사장생활폐기물"
  | "금속류"
  | "대형폐기물"
  | "무색페트병"
  | "미분류"
  | "발포합성수지"
  | "불연성종량제폐기물"
  | "비닐류"
  | "생활계유해폐기물"
  | "유리병"
  | "음식물류폐기물"
  | "의류및원단"
  | "일반종량제폐기물"
  | "재활용폐기물"
  | "전기전자제품"
  | "전지"
  | "조명제품"
  | "종이"
  | "종이팩"
  | "플라스틱류";

/** Why something failed. */
export type Failure = { code: string; message: string };

export type Classification = {
  major_category: Major;
  middle_category: string;
  minor_category: string | null;
};

/** Whose rules a document holds, and since when. */
export type Source = { title: string; publisher: string; effective_date: string };

/** What applies to an item, out of its regulation. */
export type Rule = {
  key: RegulationKey;
  category: { major: Major; middle: string };
  name: string;
  summary: string;
  source: Source;
  steps: string[];
  not_accepted: { name: string; aliases: string[]; reason: string; goes_to: RegulationKey }[];
  checks: { tag: SituationTag; shortfall: string }[];
  version: string;
  group: string | null;
  local: {
    region: string;
    source: Source;
    schedule: string | null;
    booking: { how: string; phone: string | null; url: string | null } | null;
  } | null;
};

/** Whose local rules were asked for and applied. */
export type AppliedRegion = { asked: string; applied: string | null; note: string | null };

export type Reward = {
  name: string;
  dialog: string;
  match_reason: string;
  type: string;
  already_owned: boolean;
};

/** What a call of a model came to. */
export type ModelCall = {
  input_tokens: number;
  output_tokens: number;
  model: string;
  cost_usd: number;
  reused: boolean;
  error: Failure | null;
};

export type LoggedCall = {
  input_tokens: number;
  output_tokens: number;
  model: string;
  cost_usd: number;
  reused: boolean;
  error: Failure | null;
  stage: StageName;
  attempt: number;
};

export type Usage = { input_tokens: number; output_tokens: number; cost_usd: number };

/** One thing that happened to a scan, numbered from 0 without gaps. Times are ISO 8601. */
export type EventFrame = {
  job_id: string;
  ts: string;
  stage: Stage;
  seq: number;
  status: "cancelled" | "completed" | "failed" | "parked" | "resumed" | "retrying" | "started";
  progress: number;
  attempt?: number | undefined;
  result?: { [x: string]: unknown } | undefined;
  error?: { code: string; message: string; retry_at?: string | undefined } | undefined;
  traceparent?: string | undefined;
};

/** Text that is being generated: it belongs at `offset`, in UTF-16 code units. */
export type DeltaFrame = {
  job_id: string;
  ts: string;
  stage: Stage;
  status: "delta";
  progress: number;
  result: { offset: number; text: string };
};

export type StageOutputs = {
  answer: {
    disposal_steps: { [x: string]: string };
    insufficiencies: string[];
    user_answer: string;
    calls: ModelCall[];
  };
  reward: {
    reward: {
      code: string;
      name: string;
      type: string;
      dialog: string;
      match_reason: string;
      already_owned: boolean;
    } | null;
  };
  rule: { rule: Rule | null; region: AppliedRegion | null };
  vision: {
    classification: Classification;
    situation_tags: SituationTag[];
    notice: string | null;
    regulation_version: string;
    calls: ModelCall[];
  };
};

/** Why a scan waits; `message` is for residents, in Korean. */
export type Waiting = {
  reason: "parked" | "paused" | "queued" | "retry";
  message: string;
  stage: StageName;
  attempt: number;
  max_attempts: number;
  since: string;
  next_retry_at: string | null;
  next_redrive_at: string | null;
  paused: { by: string; reason: string; since: string; until: string | null } | null;
  backlog: { messages: number; oldest_age_s: number | null } | null;
  last_error: Failure | null;
};

/** What a scan that has ended came to. */
export type ResultBody = {
  task_id: string;
  status: "cancelled" | "completed" | "failed";
  message: string;
  pipeline_result: {
    classification_result: {
      classification: Classification;
      situation_tags: SituationTag[];
      meta: { user_input: string | null };
    };
    disposal_rules: Rule | null;
    final_answer: {
      disposal_steps: { [x: string]: string };
      insufficiencies: string[];
      user_answer: string;
    };
  } | null;
  reward: Reward | null;
  error: Failure | null;
  metadata: {
    usage: Usage;
    calls: LoggedCall[];
    model: string;
    fallbacks: { stage: StageName; model: string; instead_of: string; reason: Failure }[];
    stage_latencies_ms: {
      answer?: number | undefined;
      reward?: number | undefined;
      rule?: number | undefined;
      vision?: number | undefined;
    };
    regulation_version: string | null;
    regulation: { key: string; effective_date: string; source: string; publisher: string } | null;
    region: AppliedRegion | null;
  };
};

/** How a scan stands that has not ended. */
export type PendingBody = {
  status: "parked" | "processing";
  message: string;
  current_stage: StageName;
  progress: number;
  attempt: number;
  next_retry_at: string | null;
  last_error: Failure | null;
};

export type AcceptedBody = {
  job_id: string;
  stream_url: string;
  result_url: string;
  status: "queued";
};

export type Snapshot = {
  job_id: string;
  traceparent: string;
  status: JobStatus;
  stage: StageName;
  progress: number;
  attempt: number;
  max_attempts: number;
  last_error: Failure | null;
  next_retry_at: string | null;
  model: string;
  usage: Usage;
  calls: LoggedCall[];
  submitted_at: string;
  ended_at: string | null;
  stages: {
    stage: StageName;
    status:
      | "cancelled"
      | "completed"
      | "failed"
      | "parked"
      | "pending"
      | "queued"
      | "running"
      | "waiting";
    attempts: number;
    started_at: string | null;
    completed_at: string | null;
  }[];
  partial_result: {
    classification_result?:
      | {
          classification: Classification;
          situation_tags: SituationTag[];
          meta: { user_input: string | null };
        }
      | undefined;
    disposal_rules?: Rule | null | undefined;
    final_answer?:
      | { disposal_steps: { [x: string]: string }; insufficiencies: string[]; user_answer: string }
      | undefined;
  };
  stream_url: string;
  ws_url: string;
  result_url: string;
  waiting: Waiting | null;
};

export type Category = {
  id: RegulationKey;
  name: string;
  display_name: string;
  instructions: string[];
};

export type UploadAddress = {
  key: string;
  upload_url: string;
  cdn_url: string;
  expires_in: number;
  required_headers: { "Content-Type": string };
};

export type Profile = {
  username: string | null;
  display_name: string | null;
  nickname: string | null;
  phone_number: string | null;
  provider: string | null;
  last_login_at: string | null;
};

export type ProfileChanges = {
  nickname?: string | null | undefined;
  phone_number?: string | null | undefined;
};

/** A character that a user has. */
export type Collected = {
  id: string;
  code: string;
  name: string;
  type: string;
  dialog: string;
  acquired_at: string;
};

export type HistoryItem = {
  job_id: string;
  requested_at: string;
  ended_at: string;
  status: string;
  category: { major: string; middle: string | null; minor: string | null } | null;
  insufficiencies: string[];
  reward: { code: string; name: string | null } | null;
  error_code: string | null;
  model: string;
  region: string | null;
  photo_url: string | null;
};

export type HistoryPage = { items: HistoryItem[]; next_cursor: string | null };

export type Stats = {
  total: number;
  by_status: { completed: number; failed: number; cancelled: number };
  by_category: { major: string | null; middle: string | null; scans: number; rewards: number }[];
  rewards: { total: number; by_character: { code: string | null; scans: number }[] };
};

export type Erasing = { id: string; status: "running"; receipt_url: string };

export type Erasure = {
  id: string;
  status: "done" | "running";
  removed: { [x: string]: number };
  requested_at: string;
  ended_at: string | null;
};

/** A character that can be collected. */
export type Character = { name: string; type: string; dialog: string; match: string };

export type Models = {
  default: string;
  fallbacks: string[];
  models: {
    name: string;
    provider: string;
    vision: boolean;
    price: {
      input_usd_per_million_tokens: number;
      output_usd_per_million_tokens: number;
      as_of: string;
      source: string | null;
    };
  }[];
};

export type Regulations = {
  version: string;
  documents: {
    key: RegulationKey;
    category: { major: Major; middle: string };
    name: string;
    summary: string;
    source: Source;
    items: number;
  }[];
  regions: string[];
};

export type Regulation = {
  key: RegulationKey;
  category: { major: Major; middle: string };
  name: string;
  summary: string;
  source: Source;
  steps: string[];
  not_accepted: { name: string; aliases: string[]; reason: string; goes_to: RegulationKey }[];
  checks: { tag: SituationTag; shortfall: string }[];
  items: { name: string; aliases: string[]; group: string | null }[];
  accepted: string[];
  groups: { name: string; steps: string[] }[];
  version: string;
  local: {
    keys: RegulationKey[];
    schedule: string | null;
    steps: string[];
    booking: { how: string; phone: string | null; url: string | null } | null;
    region: string;
    source: Source;
  } | null;
};

export type FoundItems = {
  version: string;
  query: string;
  results: {
    item: string;
    key: RegulationKey;
    category: { major: Major; middle: string };
    name: string;
  }[];
};
