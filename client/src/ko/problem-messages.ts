import type { ProblemCode } from "../wire.ts";

const checkName = "주소나 이름을 확인해 주세요.";

/** The refusals of the API, for residents. The first sentence says what is wrong. */
export const problemMessages: Readonly<Record<ProblemCode, string>> = {
  UNAUTHORIZED: "로그인이 필요해요. 로그인한 뒤 다시 눌러 주세요.",
  SESSION_ENDED: "로그인이 만료됐어요. 다시 로그인해 주세요.",
  SESSION_FOREIGN: "이 로그인은 여기서 연장할 수 없어요. 로그인한 곳에서 다시 로그인해 주세요.",
  SIGNED_IN: "이미 로그인했어요. 로그아웃한 뒤 다시 해 주세요.",
  NO_PUSH: "여기서는 알림을 보낼 수 없어요.",
  NO_GUESTS: "로그인하지 않고는 쓸 수 없어요. 로그인해 주세요.",
  MALFORMED_JSON: "보낸 내용을 서버가 읽지 못했어요. JSON 형식을 확인해 주세요.",
  VALIDATION_ERROR: "보낸 내용을 서버가 읽지 못했어요. 설명이 너무 길지 않은지 확인해 주세요.",
  IMAGE_URL_REQUIRED: "사진이나 설명 가운데 하나는 있어야 해요.",
  UNSUPPORTED_MODEL: "쓰려는 AI 모델이 서버에 없어요.",
  IDEMPOTENCY_KEY_REUSED: "같은 요청이 다른 내용으로 이미 접수됐어요. 다시 한 번 눌러 주세요.",
  PAYLOAD_TOO_LARGE: "사진이 너무 커요. 10 MB보다 작은 사진으로 보내 주세요.",
  UNSUPPORTED_MEDIA_TYPE:
    "읽을 수 없는 사진 형식이에요. JPEG, PNG, WebP, GIF, HEIC 사진으로 보내 주세요.",
  UNSUPPORTED_PHOTO_TYPE:
    "지금 쓰는 AI 모델이 읽지 못하는 사진 형식이에요. JPEG나 PNG 사진으로 바꿔서 다시 보내 주세요.",
  IMAGE_NOT_FOUND: "사진이 없어요. 지워졌을 수 있으니 다시 올려 주세요.",
  UPLOAD_USED: "이미 사진을 올린 주소예요. 새 주소를 받아 다시 올려 주세요.",
  LINK_EXPIRED: "주소의 기한이 지났어요. 새 주소를 받아 주세요.",
  RESULT_NOT_FOUND: "찾는 분석이 없어요. 기한이 지나 지워졌을 수 있어요.",
  SCAN_PURGED: "이 분석의 내용은 삭제되었어요.",
  SCAN_NOT_ENDED: "분석이 아직 끝나지 않았어요. 끝난 뒤에 다시 해 주세요.",
  NOTHING_TO_CONFIRM: "이 분석은 고를 것이 없어요.",
  ALREADY_CONFIRMED: "이미 다르게 확인한 분석이에요. 바꾸려면 새로 분석해 주세요.",
  NOTHING_TO_FINISH: "이 분석에는 캐릭터를 얻기 위해 남은 일이 없어요.",
  NOT_RECOGNISED: "무엇인지 알아보지 못했어요. 다른 이름으로 적어 주세요.",
  RATE_LIMITED: "요청이 너무 많았어요. 잠시 뒤에 다시 눌러 주세요.",
  NOT_FOUND: `없는 주소예요. ${checkName}`,
  REGULATION_NOT_FOUND: `찾는 배출 규정이 없어요. ${checkName}`,
  SCHEMA_NOT_FOUND: `찾는 스키마가 없어요. ${checkName}`,
  DELIVERY_NOT_FOUND: `찾는 웹훅 전송이 없어요. ${checkName}`,
  DELIVERY_PENDING: "웹훅 전송이 아직 끝나지 않았어요. 끝난 뒤에 다시 해 주세요.",
  REDRIVE_NOT_FOUND: `찾는 재처리가 없어요. ${checkName}`,
  PROJECTION_NOT_FOUND: `찾는 프로젝션이 없어요. ${checkName}`,
  REVOCATION_NOT_FOUND: `찾는 차단이 없어요. ${checkName}`,
  UPGRADE_REQUIRED: "웹소켓으로 열어야 하는 주소예요.",
  EVENTS_UNREADABLE: "이벤트 기록의 일부를 지금은 읽을 수 없어요. 잠시 뒤에 다시 해 주세요.",
  AUTH_UNAVAILABLE: "지금은 로그인을 확인할 수 없어요. 잠시 뒤에 다시 해 주세요.",
  NOT_CONFIGURED: "이 서버에는 준비되지 않은 기능이에요. 담당자가 확인해야 해요.",
  UNAVAILABLE: "서버가 잠깐 응답하지 못했어요. 잠시 뒤에 다시 해 주세요.",
  INTERNAL_ERROR: "서버에 문제가 생겼어요. 잠시 뒤에 다시 해 주세요.",
};
