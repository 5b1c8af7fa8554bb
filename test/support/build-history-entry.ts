import type { HistoryEntry } from "../../src/pipeline/history-entry.ts";

/** The history's entry of a completed scan. */
export const buildHistoryEntry = (
  jobId: string,
  { endedAt = Date.now(), ...rest }: Partial<HistoryEntry> = {},
): HistoryEntry => ({
  jobId,
  requestedAt: endedAt,
  endedAt,
  status: "completed",
  model: "offline",
  region: "서울특별시 강남구",
  major: "재활용폐기물",
  middle: "무색페트병",
  minor: "생수병",
  insufficiencies: ["라벨을 떼어 주세요."],
  rewardCode: null,
  rewardName: null,
  errorCode: null,
  photoKey: "scan/a-photo",
  ...rest,
});
