import { lzwReader, maxCodes } from "../clean/lzw.ts";

/**
 * Reads the values that a GIF's codes stand for, one byte each. They end early where the codes are damaged.
 *
 * @param firstBits The bits of a value.
 * @param row Is filled with values again and again.
 * @param rowDone Is called each time. Returns whether more are wanted.
 */
export function readLzwValues(
  bytes: Uint8Array,
  firstBits: number,
  row: Uint8Array,
  rowDone: () => boolean,
): void {
  const clear = 1 << firstBits;
  /** For each code, the code that it continues, and the value behind that one's. */
  const before = new Uint16Array(maxCodes);
  const values = Uint8Array.from({ length: maxCodes }, (_, code) => code);
  const reversed = new Uint8Array(maxCodes + 1);
  let first = 0;
  let filled = 0;

  lzwReader(firstBits, (code, previous, added) => {
    let length = 0;
    let rest = code;
    // Its last value is the first one of the code before, which is its beginning.
    if (code === added) {
      reversed[length++] = first;
      rest = previous;
    }
    for (; rest > clear; rest = before[rest] ?? 0) reversed[length++] = values[rest] ?? 0;
    first = reversed[length++] = rest;
    while (length > 0) {
      row[filled++] = reversed[--length] ?? 0;
      if (filled < row.length) continue;
      if (!rowDone()) return false;
      filled = 0;
    }
    if (added !== -1) [before[added], values[added]] = [previous, first];
    return true;
  }).read(bytes);
}
