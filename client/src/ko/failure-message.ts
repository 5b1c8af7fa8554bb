import type { FailureCode, KnownFailureCode } from "../wire.ts";

/** What no resident can mend, whatever the cause. */
const operatorNeeded = "지금은 AI가 분석을 맡을 수 없어요. 담당자가 확인해야 해요.";

/** The failures of scans, for residents. */
export const failureMessages: Readonly<Record<KnownFailureCode, string>> = {
  MODEL_UNAUTHORIZED: operatorNeeded,
  MODEL_NOT_FOUND: operatorNeeded,
  MODEL_BILLING_REQUIRED: operatorNeeded,
  MODEL_QUOTA_EXHAUSTED: operatorNeeded,
  MODEL_UNSUPPORTED: operatorNeeded,
  MODEL_RETIRED: "고른 AI 모델은 더는 제공되지 않아요.",
  MODEL_UNSUPPORTED_INPUT: "AI 모델이 이 사진의 형식을 읽지 못해요. JPEG나 PNG로 다시 해 보세요.",
  MODEL_PHOTO_UNREACHABLE: "AI 모델이 사진 주소를 열지 못했어요.",
  MODEL_REFUSED:
    "AI 모델이 이 내용에는 답할 수 없다고 했어요. 사진이나 설명을 바꿔 다시 해 보세요.",
  MODEL_REQUEST_REJECTED: "AI 모델이 이 사진이나 설명을 읽지 못했어요. 바꿔서 다시 해 보세요.",
  MODEL_RATE_LIMITED: "지금 AI 모델을 찾는 사람이 많아요.",
  MODEL_UNAVAILABLE: "AI 모델 쪽 서버에 문제가 생겼어요.",
  MODEL_UNREACHABLE: "AI 모델에 연결하지 못했어요.",
  MODEL_OUTPUT_INVALID: "AI 모델의 답을 읽을 수 없었어요.",
  MODEL_OUTPUT_TRUNCATED: "AI 모델의 답이 중간에 끊겼어요.",
  MODELS_UNAVAILABLE: "지금은 답할 수 있는 AI 모델이 없어요.",
  PROVIDER_PAUSED: "AI 모델이 여러 번 잇달아 실패해서 잠시 쉬고 있어요.",
  COST_LIMIT_REACHED: "이 분석은 여기까지만 할 수 있어요. 설명을 더 적어 다시 해 보세요.",
  PHOTO_GONE: "올린 사진이 더는 남아 있지 않아요. 사진을 다시 올려 주세요.",
  PHOTOS_BUSY: "지금 큰 사진이 한꺼번에 몰렸어요.",
  PHOTO_NOT_CONVERTED: "사진을 AI 모델이 읽는 형식으로 바꾸지 못했어요.",
  REGULATIONS_MISSING: "배출 규정이 아직 준비되지 않았어요.",
  REGULATIONS_INVALID: "배출 규정을 읽을 수 없었어요.",
  NOT_RECOGNISED: "무엇인지 알아보지 못했어요.",
  DEADLINE_EXCEEDED: "정해진 시간 안에 끝내지 못했어요.",
  ATTEMPT_LOST: "작업하던 서버가 도중에 멈췄어요.",
  MESSAGE_LOST: "차례를 기다리던 작업이 사라져서 다시 보냈어요.",
  MESSAGE_EXPIRED: "차례를 너무 오래 기다렸어요.",
  MESSAGE_UNREADABLE: "작업 하나를 읽을 수 없었어요. 담당자가 확인해야 해요.",
  JOB_NOT_FOUND: "이 분석을 더는 찾을 수 없어요.",
  OBJECT_RESET: "서버가 잠깐 다시 시작됐어요.",
  OBJECT_OVERLOADED: "요청이 한꺼번에 몰렸어요.",
  STAGE_PAUSED: "담당자가 분석을 잠시 멈췄어요.",
  DISCARDED: "담당자가 이 분석을 중단했어요.",
  REDRIVES_USED_UP: "여러 번 다시 해 봤지만 끝내지 못했어요.",
  INTERNAL: "서버에 예상하지 못한 문제가 생겼어요.",
};

const known: Readonly<Record<string, string>> = failureMessages;

/** Why a scan failed or is retried. A code of a later version has a general sentence. */
export const failureMessage = (code: FailureCode | null): string =>
  known[code ?? ""] ?? "알 수 없는 문제가 생겼어요.";
