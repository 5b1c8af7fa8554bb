import type { Span, Text } from "../../regulations/vocabulary.ts";

/** A word as it was typed, and the same without its particle. */
export interface Word extends Span {
  written: string;
  noun: string;
}

const particle =
  /(?:이랑|랑|하고|에서|에|은|는|이|가|을|를|도|들|만|인데요?|이에요|예요|입니다|요)$/u;
/** Pronouns, and nouns of time, manner and place, which name no item. */
const pronoun =
  /^(?:[이그저]거|[이그저]것|이건|여기|어디|언제|누구|왜|몇|어떻게|어케|어따|뭐|무엇|무슨|오늘|분리수거|재활용|쓰레기|방법|요일.*|좀|거|것|꺼|건|게|걸|때|후|뒤|전|채|중|데|곳|법|상태|적|편|녀석|놈|쪽|부분|정도|분|수|줄|들|하나|[두세네]?개|여러개)/u;
/** Endings of verbs. */
const verbal =
  /(?:다|까|죠|지|해|서|고|게|며|면|데|나|네|자|줘|려|여|요|노|니|거|것|꺼|[음함됨임짐림김킴])$/u;

/** The words of a text, from a position on. */
export function wordsOf({ tight, gaps }: Text, from = 0): Word[] {
  const words: Word[] = [];
  let at = from;
  for (let end = from + 1; end <= tight.length; end += 1) {
    if (gaps[end] === "") continue;
    const written = tight.slice(at, end);
    words.push({ at, end, written, noun: written.replace(particle, "") });
    at = end;
  }
  return words;
}

/** Whether a word may be a noun. */
export const isNoun = ({ written, noun }: Word): boolean =>
  noun !== "" && !pronoun.test(noun) && (noun !== written || !verbal.test(written));
