const provinces =
  "서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주";
const unit = new RegExp(`^(?:${provinces}|[가-힣]{1,9}[시도군구])$`);

/** Of a region as a resident typed it, the provinces, cities and districts; null when it names none. */
export function publicRegion(typed: string | null): string | null {
  const words = typed?.normalize("NFC").match(/[가-힣]+/g) ?? [];
  const units = words.filter((word) => unit.test(word));
  return units.length > 0 ? units.slice(0, 3).join(" ") : null;
}
