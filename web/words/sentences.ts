/** A text cut after its sentences and lines; put together again, they are the text. */
export const sentencesOf = (text: string): string[] =>
  text.match(/[^]+?(?:[.!?…]["'”’」)]*\s+|\n+|$)/g) ?? [];
