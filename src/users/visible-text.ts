/**
 * Characters that are not seen, or change what is seen of others: controls, formats (zero-width, direction, tags),
 * surrogates without a partner, private and unassigned ones, line and paragraph separators, and fillers.
 */
const hidden =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;
/** Marks above and below a character: a name in any script needs two at most. */
const piled = /\p{M}{3}/u;
const onlyMarks = /^[\p{M}\s]+$/u;
const onlyEmoji = /^\p{RGI_Emoji}$/v;
const parts = new Intl.Segmenter("ko", { granularity: "grapheme" });

/**
 * Whether people see every character of a text, in its order. Inside of an emoji, joiners and variation selectors
 * belong to it.
 */
export function isVisible(text: string): boolean {
  const others = Array.from(parts.segment(text), ({ segment }) => segment)
    .filter((segment) => !onlyEmoji.test(segment))
    .join("");
  if (hidden.test(others) || piled.test(others)) return false;
  return !onlyMarks.test(text);
}
