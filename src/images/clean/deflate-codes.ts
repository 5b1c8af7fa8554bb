/** Codes of up to so many bits are looked up in one step. */
const shortBits = 10;
export const shortMask = (1 << shortBits) - 1;
export const maxBits = 15;

/** Codes of deflate (RFC 1951, 3.2.2). */
export interface Codes {
  /** For each `shortBits` bits, the code that they start with: its symbol << 4 | its length; 0 for a longer one. */
  short: Uint16Array;
  counts: Uint16Array;
  symbols: Uint16Array;
}

/**
 * @param bits For each symbol, the length of its code.
 * @returns Null when the lengths are those of no codes, or leave codes out of more than one.
 */
export function codesOf(bits: Uint8Array): Codes | null {
  const counts = new Uint16Array(maxBits + 1);
  for (const length of bits) counts[length] = (counts[length] ?? 0) + 1;
  counts[0] = 0;
  const starts = new Uint16Array(maxBits + 2);
  const next = new Uint16Array(maxBits + 2);
  let left = 1;
  for (let length = 1; length <= maxBits; length++) {
    const count = counts[length] ?? 0;
    left = 2 * left - count;
    if (left < 0) return null;
    starts[length + 1] = (starts[length] ?? 0) + count;
    next[length + 1] = ((next[length] ?? 0) + count) << 1;
  }
  if (left > 0 && (starts[maxBits + 1] ?? 0) > 1) return null;
  const symbols = new Uint16Array(bits.length);
  const short = new Uint16Array(1 << shortBits);
  for (const [symbol, length] of bits.entries()) {
    if (length === 0) continue;
    const place = starts[length] ?? 0;
    symbols[place] = symbol;
    starts[length] = place + 1;
    const code = next[length] ?? 0;
    next[length] = code + 1;
    if (length > shortBits) continue;
    let reversed = 0;
    for (let bit = 0; bit < length; bit++) reversed |= ((code >> bit) & 1) << (length - 1 - bit);
    for (let at = reversed; at < short.length; at += 1 << length)
      short[at] = (symbol << 4) | length;
  }
  return { short, counts, symbols };
}
