import type { SituationTag } from "../../pipeline/taxonomy.ts";

/** What follows "라벨" and the like before the verb: particles and adverbs. */
const filler =
  "(?:을|를|이|가|은|는|도|까지|다|모두|전부|완전히|깨끗이|깨끗하게|아직|그대로|조금|좀|많이|잔뜩)*";
const removed = "(?:뗀|뗐|떼었|떼어|떼낸|뜯은|뜯었|벗긴|벗겼|제거)";
const notRemoved = `(?:(?:안|못)${removed}|(?:떼지|뜯지|벗기지|제거하지)(?:도)?(?:않|못|안))`;
const washed =
  "(?:헹군|헹궜|헹구고|헹궈|씻은|씻었|씻고|씻어|세척한|세척했|세척하고|닦은|닦았|닦고)";

/**
 * What residents say of an item's state, read from words without spaces. The first row that
 * matches a part takes it, so that a denial is read before what it denies.
 */
export const conditions: readonly { tag: SituationTag; said: RegExp }[] = [
  { tag: "비닐_라벨_부착", said: new RegExp(`(?:비닐)?(?:라벨|상표)${filler}${notRemoved}`, "g") },
  {
    tag: "비닐_라벨_완전_제거됨",
    said: new RegExp(`(?:비닐)?(?:라벨|상표)${filler}(?:${removed}|없)|무라벨`, "g"),
  },
  {
    tag: "비닐_라벨_부착",
    said: new RegExp(`(?:비닐)?(?:라벨|상표)${filler}(?:붙|있|남|달린|감긴|둘러)`, "g"),
  },
  {
    tag: "세척_필요",
    said: new RegExp(`(?:안|못)${washed}|(?:헹구지|씻지|세척하지|닦지)(?:도)?(?:않|못|안)`, "g"),
  },
  { tag: "세척_완료", said: new RegExp(`(?:물로|깨끗이|깨끗하게|잘)*${washed}`, "g") },
  {
    tag: "내용물_없음",
    said: /(?:내용물|음료|물|국물|음식물?|소스|커피|우유|술)?(?:을|를|이|가)?(?:다|모두|깨끗이)?(?:비운|비웠|비우고|비어|빈|다마신|다먹은|없는|없어)/g,
  },
  {
    tag: "내용물_있음",
    said: /(?:내용물|음료수?|국물|음식물?|소스|커피|우유|술|액체|물|약|기름)(?:을|를|이|가|은|는|도)?(?:아직|조금|좀|많이|반쯤|가득)*(?:남|들어|있|담긴|담겨|찬|찼)/g,
  },
  {
    tag: "기름기_오염",
    said: new RegExp(`기름(?:기|때)?${filler}(?:묻|있|남|진|범벅|밴|배어|낀)`, "g"),
  },
  {
    tag: "음식물_오염",
    said: new RegExp(
      `(?:음식물?|김치|국물|양념|소스|케첩|카레|짜장|고추장|치즈)(?:국물|찌꺼기)?${filler}(?:묻|밴|배어|물든|범벅|튄)`,
      "g",
    ),
  },
  { tag: "오염_심함", said: /더러운|더러워|더럽|지저분|오염된|오염됐|오염이심|찌든/g },
  { tag: "뚜껑_있음", said: new RegExp(`뚜껑${filler}(?:닫|있|붙|달린)`, "g") },
  { tag: "펌프형_용기", said: /펌프(?:가|도)?(?:달린|있|붙|형|식)/g },
  {
    tag: "테이프_스티커_부착",
    said: new RegExp(`(?:테이프|스티커|송장)${filler}(?:붙|있|남|${notRemoved})`, "g"),
  },
  { tag: "깨짐", said: /깨진|깨졌|깨져|금간|산산조각/g },
  { tag: "젖음", said: /젖은|젖었|젖어|물에빠/g },
  { tag: "압착_완료", said: /찌그러뜨|납작하게|압착한|압착했|밟은|밟았/g },
  { tag: "찌그러짐", said: /찌그러진|찌그러졌/g },
  { tag: "가스_잔존_의심", said: new RegExp(`가스${filler}(?:남|있|들어)`, "g") },
  {
    tag: "배터리_포함",
    said: new RegExp(`(?:배터리|건전지)${filler}(?:들어|있|내장|포함|안뺀|안뺐)`, "g"),
  },
];

export interface Heard {
  tags: SituationTag[];
  /** The words with what spoke of a state blanked out, so that "라벨" in it is not taken for an item. */
  rest: string;
}

/** Reads situation tags off words without spaces. */
export function hear(words: string): Heard {
  const tags = new Set<SituationTag>();
  let rest = words;
  for (const { tag, said } of conditions) {
    rest = rest.replaceAll(said, (part) => {
      tags.add(tag);
      return " ".repeat(part.length);
    });
  }
  return { tags: [...tags], rest };
}
