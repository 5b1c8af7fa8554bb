import type { ApiError } from "../../client/src/eco2-edge-client.ts";
import { problemMessage } from "../../client/src/ko.ts";

/** Why a profile was not saved. */
export function profileProblem(error: Pick<ApiError, "status" | "code" | "errors">) {
  if (error.code !== "VALIDATION_ERROR") return problemMessage(error);
  const isPhone = error.errors.some(({ path }) => path === "phone_number");
  const words = isPhone
    ? "전화번호를 읽을 수 없어요. 010-1234-5678처럼 적어 주세요."
    : "이 별명은 쓸 수 없어요. 다른 별명을 적어 주세요.";
  return { words, code: null };
}
