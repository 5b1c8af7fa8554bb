/** What the regulations say, to read while a scan runs; each with the key of its document and the item there. */
export const facts = [
  {
    words: "영수증은 열에 반응하는 약품이 발린 종이라 재활용되지 않아요.",
    of: "재활용폐기물_종이",
    item: "영수증",
  },
  {
    words: "빨대는 너무 작고 가벼워 선별되지 않아요.",
    of: "재활용폐기물_플라스틱류",
    item: "빨대",
  },
  {
    words: "유리컵은 병과 성분이 다른 유리 식기라 함께 녹일 수 없어요.",
    of: "재활용폐기물_유리병",
    item: "유리컵",
  },
  {
    words: "닭뼈처럼 딱딱한 뼈는 사료로 쓸 수 없고 기계를 고장 낼 수 있어요.",
    of: "음식물류폐기물",
    item: "닭뼈",
  },
  {
    words: "우유팩처럼 안쪽이 코팅된 종이팩은 종이류와 재활용 과정이 달라 따로 모아요.",
    of: "재활용폐기물_종이",
    item: "우유팩",
  },
  {
    words: "유색 페트병은 색이 섞이면 투명 원료로 쓸 수 없어 플라스틱류로 모아요.",
    of: "재활용폐기물_무색페트병",
    item: "유색 페트병",
  },
  {
    words: "볼펜은 금속과 잉크가 섞여 있어 재활용되지 않아요.",
    of: "재활용폐기물_플라스틱류",
    item: "볼펜",
  },
] as const;

/** One fact a scan, the same one whenever its page is loaded. */
export function factOf(jobId: string): string {
  const sum = Array.from(jobId, (it) => it.codePointAt(0) ?? 0).reduce((all, it) => all + it, 0);
  return facts[sum % facts.length]?.words ?? facts[0].words;
}
