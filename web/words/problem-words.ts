import type { ApiError } from "../../client/src/eco2-edge-client.ts";

const problems: Record<string, string> = {
  UNAUTHORIZED: "로그인이 필요해요. 로그인한 뒤 다시 눌러 주세요.",
  IMAGE_URL_REQUIRED: "사진이나 설명 가운데 하나는 있어야 해요.",
  VALIDATION_ERROR: "보낸 내용을 서버가 읽지 못했어요. 설명이 너무 길지 않은지 확인해 주세요.",
  IDEMPOTENCY_KEY_REUSED: "같은 요청이 다른 내용으로 이미 접수됐어요. 다시 한 번 눌러 주세요.",
  UNSUPPORTED_MODEL: "쓰려는 AI 모델이 서버에 없어요.",
  PAYLOAD_TOO_LARGE: "사진이 너무 커요. 10 MB보다 작은 사진으로 보내 주세요.",
  UNSUPPORTED_MEDIA_TYPE:
    "읽을 수 없는 사진 형식이에요. JPEG, PNG, WebP, GIF, HEIC 사진으로 보내 주세요.",
  UNSUPPORTED_PHOTO_TYPE:
    "지금 쓰는 AI 모델이 읽지 못하는 사진 형식이에요. JPEG나 PNG 사진으로 바꿔서 다시 보내 주세요.",
  RATE_LIMITED: "요청이 너무 많았어요. 잠시 뒤에 다시 눌러 주세요.",
};

const unreadablePhoto =
  "이 사진은 읽을 수 없어요. 파일이 손상됐을 수 있으니 다시 찍거나 다른 사진으로 보내 주세요.";

/** The codes of statuses, for a proxy's response without one. */
const codes: Record<number, string> = {
  401: "UNAUTHORIZED",
  413: "PAYLOAD_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
  422: "VALIDATION_ERROR",
  429: "RATE_LIMITED",
};

/** Why the server has not accepted a scan, and the code for the small print. */
export function problemWords(error: Pick<ApiError, "status" | "code" | "errors">) {
  const { status } = error;
  if (status === 0) {
    return { words: "서버에 닿지 못했어요. 인터넷 연결을 확인하고 다시 눌러 주세요.", code: null };
  }
  const code = error.code ?? codes[status] ?? `HTTP ${status}`;
  const isPhoto = code === "VALIDATION_ERROR" && error.errors.some(({ path }) => path === "image");
  return { words: isPhoto ? unreadablePhoto : (problems[code] ?? otherwise(status)), code };
}

/** Why a profile was not saved. */
export function profileProblem(error: Pick<ApiError, "status" | "code" | "errors">) {
  if (error.code !== "VALIDATION_ERROR") return problemWords(error);
  const isPhone = error.errors.some(({ path }) => path === "phone_number");
  const words = isPhone
    ? "전화번호를 읽을 수 없어요. 010-1234-5678처럼 적어 주세요."
    : "이 별명은 쓸 수 없어요. 다른 별명을 적어 주세요.";
  return { words, code: null };
}

const otherwise = (status: number) =>
  status >= 500
    ? "서버에 문제가 생겼어요. 적은 내용은 그대로 있으니 잠시 뒤에 다시 눌러 주세요."
    : "요청이 받아들여지지 않았어요.";
