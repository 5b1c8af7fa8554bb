/** Splits a text after its sentences and lines; joined, they are the text again. */
export const sentencesOf = (text: string): string[] =>
  text.match(/[^]+?(?:[.!?…]["'”’」)]*\s+|\n+|$)/g) ?? [];
