/**
 * Common misspellings and their correct forms. They apply to residents' words and to the regulations,
 * so that both have one spelling.
 */
const spellings: readonly (readonly [RegExp, string])[] = [
  [/패트|펫트|피이?티(?=병|[가-힣 ]*병)|pet(?=[ ]?병)/giu, "페트"],
  [/스[치티트]로[폼폴품풀]|스트로[폼폴품풀]|스티?로폼/gu, "스티로폼"],
  [/뚜겅|뚜컹/gu, "뚜껑"],
  [/[베배바빠][터테떠]리|[밧빳][데떼]리/gu, "배터리"],
  [/[플프]라스?[틱탁택틱]/gu, "플라스틱"],
  [/플라(?=[컵통병])/gu, "플라스틱"],
  [/케[찹챱챂]|캐첩/gu, "케첩"],
  [/테잎|테입/gu, "테이프"],
  [/라밸|레이블/gu, "라벨"],
  [/쥬스/gu, "주스"],
  [/쇼파/gu, "소파"],
  [/엘이디|엘에디/gu, "led"],
  [/비니루/gu, "비닐"],
  [/행(?=[구군궜궈굼굽])/gu, "헹"],
  [/통째로?/gu, ""],
  // "유리로 된 병" is "유리병".
  [/(?<=[가-힣])(?:으로|로)\s*(?:된|만든|만들어진|되어\s*있는)(?=\s+[가-힣])(?!\s*[거것])/gu, ""],
];

const anyWrong = new RegExp(spellings.map(([{ source }]) => source).join("|"), "iu");

/** Corrects common misspellings. */
export function spell(words: string): string {
  const composed = words.normalize("NFC");
  if (!anyWrong.test(composed)) return composed;
  return spellings.reduce((spelt, [wrong, right]) => spelt.replaceAll(wrong, right), composed);
}
