import type { ApiError } from "../api-error.ts";
import { problemMessages } from "./problem-messages.ts";

const known: Readonly<Record<string, string>> = problemMessages;

const unreadablePhoto =
  "이 사진은 읽을 수 없어요. 파일이 손상됐을 수 있으니 다시 찍거나 다른 사진으로 보내 주세요.";

/** Other limits are renewed within a minute: whoever waits longer than this waits for the next day's scans, s. */
const longestSeconds = 120;
const usedUpWords = "오늘 쓸 수 있는 횟수를 다 썼어요. 자정이 지나면 다시 할 수 있어요.";

/** Whether a request was refused because the scans of the day are used up. */
export const isUsedUp = ({
  status,
  retryAfter,
}: Pick<ApiError, "status"> & Partial<Pick<ApiError, "retryAfter">>): boolean =>
  status === 429 && (retryAfter ?? 0) > longestSeconds;

/** The codes of statuses, for a proxy's response without one. */
const codes: Readonly<Record<number, string>> = {
  401: "UNAUTHORIZED",
  413: "PAYLOAD_TOO_LARGE",
  415: "UNSUPPORTED_MEDIA_TYPE",
  422: "VALIDATION_ERROR",
  429: "RATE_LIMITED",
};

/** Why the server has refused a request, and the code for the small print. */
export function problemMessage(
  error: Pick<ApiError, "status" | "code" | "errors"> & Partial<Pick<ApiError, "retryAfter">>,
): {
  words: string;
  code: string | null;
} {
  const { status } = error;
  if (status === 0) {
    return { words: "서버에 닿지 못했어요. 인터넷 연결을 확인하고 다시 눌러 주세요.", code: null };
  }
  const code = error.code ?? codes[status] ?? `HTTP ${status}`;
  if (isUsedUp(error)) return { words: usedUpWords, code };
  const isPhoto = code === "VALIDATION_ERROR" && error.errors.some(({ path }) => path === "image");
  return { words: isPhoto ? unreadablePhoto : wordsOf(status, code), code };
}

/** The server's own failures have one message, whatever their code. */
const wordsOf = (status: number, code: string): string =>
  status >= 500
    ? "서버에 문제가 생겼어요. 적은 내용은 그대로 있으니 잠시 뒤에 다시 눌러 주세요."
    : (known[code] ?? "요청이 받아들여지지 않았어요.");
