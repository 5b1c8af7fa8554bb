import type { HistoryCategory, Rule } from "../../client/src/eco2-edge-client.ts";

/** Where things of a category go, in a word or two. */
const destinations: Record<Exclude<HistoryCategory, "재활용폐기물" | "미분류">, string> = {
  종이: "종이류 수거함",
  종이팩: "종이팩 수거함",
  무색페트병: "투명 페트병 수거함",
  플라스틱류: "플라스틱류 수거함",
  비닐류: "비닐류 수거함",
  발포합성수지: "스티로폼 수거함",
  유리병: "유리병 수거함",
  금속류: "금속류 수거함",
  의류및원단: "의류 수거함",
  전지: "폐건전지 수거함",
  조명제품: "형광등·LED 수거함",
  전기전자제품: "소형가전 수거함·방문 수거",
  일반종량제폐기물: "종량제봉투",
  불연성종량제폐기물: "불연성 전용 봉투",
  음식물류폐기물: "음식물 수거 용기",
  대형폐기물: "신고하고 스티커 붙이기",
  공사장생활폐기물: "전용 마대·신고",
  생활계유해폐기물: "따로 받는 곳",
};

/** Groups of a regulation that go elsewhere than the rest of it. */
const groupDestinations: Record<string, string> = {
  캔: "캔 수거함",
  부탄가스·에어로졸: "캔 수거함",
  고철: "고철 수거함",
  "날카로운 금속": "고철 수거함",
  "골판지 상자": "골판지 수거함",
  "농사용 비닐": "마을 공동집하장",
  보증금병: "소매점에 돌려주기",
  "대형가전 무상수거": "무상 방문 수거",
  소형가전: "소형가전 수거함",
  폐의약품: "폐의약품 수거함",
  폐식용유: "폐식용유 수거함",
  아이스팩: "아이스팩 수거함",
  보조배터리·충전지: "폐배터리 수거함",
};

export const isHistoryCategory = (name: string | null): name is HistoryCategory =>
  name !== null && (Object.hasOwn(destinations, name) || name === "미분류");

/** The category that names a regulation: the middle one of what is recycled, the major one of the rest. */
export const categoryName = ({ major, middle }: { major: string; middle: string | null }): string =>
  major === "재활용폐기물" && middle !== null ? middle : major;

/** The key of a category's regulation. */
export const regulationKey = (category: { major: string; middle: string | null }): string => {
  const name = categoryName(category);
  return name === category.major ? name : `${category.major}_${name}`;
};

/** Where an item goes; null for a category of a newer server. */
export function destinationOf({
  category,
  group,
}: Pick<Rule, "category" | "group">): string | null {
  const name = categoryName(category);
  const special = group === null ? undefined : groupDestinations[group];
  if (special) return special;
  return isHistoryCategory(name) && name !== "미분류" && name !== "재활용폐기물"
    ? destinations[name]
    : null;
}
