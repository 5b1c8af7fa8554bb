import type { ScanView } from "../../client/src/eco2-edge-client.ts";

/** A note on the region's rules; null when none is needed. */
export function regionWords({ region, rule }: Pick<ScanView, "region" | "rule">): string | null {
  if (!region || !rule) return null;
  if (region.note) return region.note;
  return rule.local
    ? null
    : `${region.applied}에서 이 품목에 따로 정한 내용은 아직 없어서 전국 공통 기준으로 안내했어요.`;
}
