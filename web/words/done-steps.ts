import type { ScanView } from "../../client/src/eco2-edge-client.ts";

type Tag = ScanView["situationTags"][number];

/** The steps that a condition makes unnecessary, by their words. */
const doneBy: Partial<Record<Tag, RegExp>> = {
  내용물_없음: /비워|비우/,
  세척_완료: /헹|씻|닦아/,
  비닐_라벨_완전_제거됨: /라벨/,
};

/** Whether a step was done before the scan, by what was seen or said. */
export const isDone = (step: string, tags: readonly Tag[]): boolean =>
  tags.some((tag) => doneBy[tag]?.test(step) === true);
