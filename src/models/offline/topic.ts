import type { Span, Text } from "../../regulations/vocabulary.ts";

/** Verbs of throwing something out. */
const discharge =
  /버[려리릴림렸]|배출|분리|수거|재활용|내[놓놔]|쓰레기|갖다|가져[가다]|처리|처분|정리/u;
/** Reasons to throw an item out. */
const spoilt =
  /찢|떨어[졌지짐]|망가|고장|낡|닳|구멍|헌|오래된|못쓰|안쓰|안입|필요없|유통기한|곰팡이|수명|남[은긴았]|안[되돼나켜]/u;
/** Requests that are not about throwing an item out; they follow its name. */
const other =
  /(?:먹|사|배우|키우|보|가|하|듣|놀|만들|입|마시)고싶|추천|예약|취직|언제|생일|맛집|영화|노래|날씨|게임|사람|퇴근|주문|얼마|어디서사|하지마|결승|시간|뭐야|무엇일까|누구|왜|러가|가자|하자|먹자|먹었[어니냐]|먹을|읽어|예[쁘뻐]|이[쁘뻐]|귀[엽여]|맛있|사랑|끓이|요리|구매|판매|살까|알려[줘주]|해[줘주]/u;
/** After a name of one syllable: it is the item, and no part of another word. */
const meant =
  /^(?:[들은는이가을를도만의요랑과와]|인데|하고|에|어|뭘|많|여러|[한두세네]?개|몇|조각|뭉치|세트|묶음|거|것|안|못|다|(?:[한두세네몇]|여러|[0-9]+)(?:권|벌|박스|상자|봉지|묶음|자루)|[가-힣]{1,6}(?:거|것|꺼)(?:요|들)?$)/u;

/** Whether the words are about throwing something out. */
export const isDischarge = ({ tight }: Text): boolean =>
  discharge.test(tight) || spoilt.test(tight);

/**
 * Whether the words ask for something else than how to throw an item out.
 * @param from the position after the item's name
 */
export const isOffTopic = (text: Text, from: number): boolean =>
  !isDischarge(text) && other.test(text.tight.slice(from));

/** Whether a name of one syllable is there by chance, as part of another word. */
export const isByChance = (text: Text, { at, end }: Span): boolean => {
  const after = text.tight.slice(end);
  return end - at === 1 && after !== "" && !isDischarge(text) && !meant.test(after);
};
