import type { Entry, Text, Vocabulary } from "../../regulations/vocabulary.ts";
import { wordsOf } from "./nouns.ts";

/** Shorter words resemble too many others. */
const shortest = 3;
/** Up to this length, words that begin differently are different words. */
const short = 3;

/** Finds the item whose name differs from a word in one jamo of one syllable: 건젼지, 건전지. */
export function misspeltIn(text: Text, { byLength }: Vocabulary): Entry | undefined {
  for (const { written, noun } of wordsOf(text)) {
    for (const word of new Set([written, noun])) {
      const alike = word.length < shortest ? [] : (byLength.get(word.length) ?? []);
      const meant = alike.find((entry) => isOneJamoOff(word, entry.word));
      if (meant) return meant;
    }
  }
  return undefined;
}

function isOneJamoOff(a: string, b: string): boolean {
  let off = 0;
  while (off < a.length && a[off] === b[off]) off += 1;
  if (off === a.length || (off === 0 && a.length <= short)) return false;
  if (a.slice(off + 1) !== b.slice(off + 1)) return false;
  const other = jamoOf(b.charCodeAt(off));
  return jamoOf(a.charCodeAt(off)).filter((it, at) => it < 0 || it !== other[at]).length === 1;
}

/** The numbers of the initial, vowel and final of a Hangul syllable; negative for other characters. */
function jamoOf(code: number): readonly number[] {
  const syllable = code - 0xac00;
  return [Math.floor(syllable / 588), Math.floor((syllable % 588) / 28), syllable % 28];
}
