import type { SituationTag } from "../../pipeline/taxonomy.ts";
import { breakUp, dry, empty, filler, hold, remain, remove, stick, wash } from "./verbs.ts";

/** A statement about an item's state, as a pattern over words without spaces. */
export interface Condition {
  /** Null for a negated state, which consumes its words and adds no tag. */
  tag: SituationTag | null;
  pattern: RegExp;
  /** Whether the match has to begin a word. */
  starts?: boolean;
  /** Whether the match has to end a word. */
  ends?: boolean;
  /** Whether the match names the item, not a state. Its words then stay for other patterns. */
  names?: boolean;
}

const lid = "(?:뚜껑|마개)";
const label = `(?:비닐)?(?:라벨지|라벨|상표띠|상표)(?:(?:이랑|랑|과|와|하고)${lid})?`;
const tape = "(?:테이프|스티커|송장|딱지|가격표)(?:자국)?";
const pump = "펌프";
const battery = "(?:배터리|건전지|전지)";
const gas = "가스";
const oil = "(?:식용유|참기름|들기름|기름기|기름때|기름|오일|버터)";
const sauce =
  "(?:소스|양념|케첩|마요네즈|마요|머스타드|쌈장|초장|고추장|된장|간장|드레싱|춘장|칠리)";
const food =
  "(?:음식물?|음식물?찌꺼기|찌꺼기|국물|김칫국물?|김치|고춧가루|고추가루|밥풀|밥알|찌개|카레|짜장|치즈|크림|우유|커피|주스|음료수?|초콜릿|초코|아이스크림|요거트|요구르트|떡볶이|라면|커피|잼|꿀|콜라|밥)";
const dirt =
  "(?:흙|먼지|벌레|거미줄|이물질|이물|본드|접착제|풀|껌|시멘트|페인트|모래|머리카락|털|물감|잉크|녹|물때|실리콘|낙엽|담배꽁초)";
const little = "(?:약간|조금|살짝|좀)";
const dirty = "(?:더러|더럽|지저분|오염(?:된|됐|되|이|도|있)|꼬질|얼룩)";

const regex = (source: string) => new RegExp(source, "gu");

/** In order: the first match consumes its words, so a negated state precedes the state itself. */
export const conditions: readonly Condition[] = [
  {
    tag: "배달용기_형태",
    pattern: regex(
      "배달(?!비닐|봉)[가-힣]{0,8}?(?:그릇|용기|통)|배달(?:온|시킨|음식)[가-힣]{0,6}플라스틱",
    ),
    names: true,
  },

  { tag: "비닐_라벨_부착", pattern: regex(`${label}${filler}${remove.denied}`) },
  { tag: "비닐_라벨_완전_제거됨", pattern: regex(`${label}${filler}(?:안붙|붙지않|붙어있지않)`) },
  { tag: "비닐_라벨_완전_제거됨", pattern: regex(`${label}${filler}(?:${remove.done}|없)|무라벨`) },
  { tag: "비닐_라벨_부착", pattern: regex(`${label}${filler}${hold.done}`) },

  {
    tag: "테이프_스티커_부착",
    pattern: regex(`${tape}${filler}(?:${remove.denied}|${hold.done}|덕지덕지|잔뜩)`),
  },
  { tag: null, pattern: regex(`${tape}${filler}${remove.done}`) },

  { tag: null, pattern: regex(`${lid}${filler}(?:없|${remove.done})`) },
  {
    tag: "뚜껑_있음",
    pattern: regex(`${lid}${filler}(?:${remove.denied}|닫|잠|덮|끼|${hold.done})`),
  },
  { tag: null, pattern: regex(`${pump}${filler}(?:없|${remove.done})`) },
  { tag: "펌프형_용기", pattern: regex(`${pump}${filler}(?:${remove.denied}|형|식|${hold.done})`) },
  { tag: "펌프형_용기", pattern: regex(`${pump}(?=용기|통)`), names: true },

  {
    tag: "배터리_포함",
    pattern: regex(
      `${battery}${filler}(?:${remove.denied}|들어|내장|포함|일체|든(?!지)|끼|${hold.done})`,
    ),
  },
  { tag: null, pattern: regex(`${battery}${filler}(?:${remove.done}|없는)`) },

  { tag: null, pattern: regex(`${gas}${filler}(?:없|다쓴|다뺀|남지않|안남)`) },
  {
    tag: "가스_잔존_의심",
    pattern: regex(`${gas}${filler}(?:(?:덜|안|못)(?:빠|빼|뺀|뺐|쓴)|새는|${remain.done})`),
  },

  { tag: "젖음", pattern: regex(`물${filler}(?:흘[리린렸]|쏟|엎)`) },
  { tag: null, pattern: regex(`[가-힣]{0,4}?${filler}${stick.denied}`), starts: true },
  {
    tag: "기름기_오염",
    pattern: regex(`(?:기름기|기름때)${filler}${remain.done}|기름진|기름범벅`),
  },
  { tag: "기름기_오염", pattern: regex(`${oil}${filler}(?:${stick.done}|절[은었여어]|쩔|쩐)`) },
  {
    tag: "음식물_오염",
    pattern: regex(
      `(?:${food}|${sauce})(?:국물|찌꺼기|가루|자국|물)?${filler}(?:${stick.done}|붙|물든|물들었)`,
    ),
  },
  { tag: "음식물_오염", pattern: regex("눌어붙|눌러붙|늘어붙") },
  { tag: "테이프_스티커_부착", pattern: regex(`${tape}${filler}${stick.done}`) },
  {
    tag: "이물질_부착",
    pattern: regex(
      `(?:${dirt}(?:이랑|랑|와|과|하고))?${dirt}${filler}(?:${stick.done}|붙|있|들어|가득|잔뜩|투성이|많)`,
    ),
  },

  { tag: null, pattern: regex(`${food}?${filler}${remain.denied}`) },
  { tag: "소스_잔존", pattern: regex(`${sauce}${filler}${remain.done}`), names: true },

  { tag: "내용물_있음", pattern: regex(empty.denied) },
  {
    tag: "내용물_없음",
    pattern: regex(`(?:내용물|국물|음료|물)?${filler}${empty.done}|내용물${filler}없`),
  },
  { tag: "내용물_없음", pattern: regex("빈"), starts: true, ends: true, names: true },
  {
    tag: "내용물_없음",
    pattern: regex("빈(?=거|것|병|통|캔|박스|상자|용기|깡|팩|컵|곽|갑|포대|그릇|플|페트)"),
    starts: true,
    names: true,
  },
  { tag: "세척_필요", pattern: regex(wash.denied) },
  { tag: "세척_완료", pattern: regex(`(?:물로|물에|깨끗이|깨끗하게|잘)*${wash.done}`) },
  { tag: "건조_필요", pattern: regex(`${dry.denied}|물기${filler}${remain.done}`) },

  { tag: null, pattern: regex(`안${dirty}|더럽지않|지저분하지않|얼룩없`) },
  { tag: "오염_심함", pattern: regex(`찌든|(?:너무|많이|엄청|심하게|진짜)${dirty}`) },
  {
    tag: "오염_경미",
    pattern: regex(
      `${little}${dirty}|${little}때|얼룩${filler}|때(?:가|도)${filler}(?:탔|탄|묻|꼈|낀|있)|때탄`,
    ),
  },
  { tag: "오염_심함", pattern: regex(dirty) },

  { tag: null, pattern: regex(breakUp.denied) },
  { tag: "깨짐", pattern: regex(breakUp.done) },
  {
    tag: "파손_심함",
    pattern: regex(
      "박살(?:난|났|나)?|산산이|부서[진졌져지짐]|부숴[진졌짐]|부러[진졌져지짐]|으스러|조각난|쪼개[진졌짐]|파손",
    ),
  },
  { tag: null, pattern: regex("안젖|젖지않") },
  { tag: "젖음", pattern: regex("젖[은었어음고]|축축|흠뻑|비맞|비를맞|비에맞|물에빠") },
  {
    tag: "압착_필요",
    pattern: regex("(?:안|못)(?:밟|눌|접)|(?:밟|누르|찌그러뜨리|압착하|접)지(?:않|못)|압착안"),
  },
  {
    tag: "압착_완료",
    pattern: regex("납작|밟[은았아음]|압착(?:한|했|함|해서)|눌러(?!붙|야)|찌그러[뜨트](?!려야)"),
  },
  { tag: "찌그러짐", pattern: regex("찌그러[진졌져지짐]|우그러[진졌]|찌글") },
  { tag: "날카로운_모서리", pattern: regex("날카[로롭]|뾰족|베일|날이[서선]") },
];
