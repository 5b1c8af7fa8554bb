import type { ResultBody } from "../../client/src/eco2-edge-client.ts";

/** Why the requested model has not answered. */
const reasons: Record<string, string> = {
  MODEL_UNAUTHORIZED: "지금은 쓸 수 없어요",
  MODEL_NOT_FOUND: "더는 제공되지 않아요",
  MODEL_RETIRED: "더는 제공되지 않아요",
  MODEL_BILLING_REQUIRED: "지금은 쓸 수 없어요",
  MODEL_QUOTA_EXHAUSTED: "지금은 쓸 수 없어요",
  MODEL_UNSUPPORTED_INPUT: "이 사진의 형식을 읽지 못해요",
  MODEL_UNSUPPORTED: "지금은 쓸 수 없어요",
  MODEL_REQUEST_REJECTED: "이 사진이나 설명을 읽지 못했어요",
  PROVIDER_PAUSED: "여러 번 잇달아 실패해서 잠시 쉬고 있어요",
};

/** Which fallback model has answered, and why; null when the requested model has. */
export function fallbackWords(fallbacks: ResultBody["metadata"]["fallbacks"]): string | null {
  const [first] = fallbacks;
  if (!first) return null;
  const models = [...new Set(fallbacks.map(({ model }) => model))].join(", ");
  const reason = reasons[first.reason.code] ?? "지금은 답하지 못했어요";
  return `요청한 모델 대신 ${models} 모델이 답했어요. ${first.instead_of} 모델은 ${reason}.`;
}
