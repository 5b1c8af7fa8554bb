/** All sentences for residents that no model writes, in Korean. */

/** The message of a result or a pending body, by the job's status. */
export const statusMessages = {
  completed: "분석이 끝났어요.",
  failed: "분석하지 못했어요.",
  cancelled: "분석을 취소했어요.",
  processing: "분석하고 있어요.",
  parked: "잠시 멈췄어요. 자동으로 다시 시작해서 이어서 분석할게요.",
} as const;

/** Why a scan waits. */
export const waitingMessages = {
  queued: "차례를 기다리고 있어요.",
  queuedBehind: (scans: number) => `차례를 기다리고 있어요. 앞에 ${scans}건이 있어요.`,
  retry: "분석이 잠깐 막혔어요. 조금 뒤에 다시 시도할게요.",
  paused: "잠시 점검하고 있어요. 끝나는 대로 이어서 분석할게요.",
  parked: "여러 번 시도했지만 안 돼서 잠시 쉬고 있어요. 곧 자동으로 다시 시도할게요.",
  parkedWhilePaused: "지금은 점검하고 있어요. 끝나면 자동으로 다시 시도할게요.",
  redrivesUsedUp: "여러 번 다시 시도했지만 안 됐어요. 담당자가 살펴보고 있어요.",
} as const;

/** The answer for an item without a rule. */
export const noRuleMessages = {
  insufficiency: "배출 규정 매칭 실패",
  apology: "죄송해요, 이 품목의 배출 규정을 찾지 못했어요. 품목 이름을 조금 더 자세히 알려 주세요.",
} as const;
