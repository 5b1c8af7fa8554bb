const maxCodes = 4_096;

/**
 * Reads the values that GIF's LZW codes stand for (GIF 89a, appendix F), one byte each. They end early where the
 * codes are damaged.
 *
 * @param firstBits The bits of a value.
 * @param row Is filled with values again and again.
 * @param rowDone Is called each time. Returns whether more are wanted.
 */
export function readLzw(
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
  let next = clear + 2;
  let bits = firstBits + 1;
  let previous = -1;
  let first = 0;
  let filled = 0;
  let [buffer, count] = [0, 0];

  for (let at = 0; at < bytes.length; at++) {
    buffer |= (bytes[at] ?? 0) << count;
    count += 8;
    while (count >= bits) {
      const code = buffer & ((1 << bits) - 1);
      buffer >>>= bits;
      count -= bits;
      if (code === clear) {
        [next, bits, previous] = [clear + 2, firstBits + 1, -1];
        continue;
      }
      // The end, or a code that stands for nothing.
      if (code === clear + 1 || code > next || (previous === -1 && code > clear)) return;
      let length = 0;
      let rest = code;
      if (code === next) {
        reversed[length++] = first;
        rest = previous;
      }
      for (; rest > clear; rest = before[rest] ?? 0) reversed[length++] = values[rest] ?? 0;
      first = reversed[length++] = rest;
      while (length > 0) {
        row[filled++] = reversed[--length] ?? 0;
        if (filled < row.length) continue;
        if (!rowDone()) return;
        filled = 0;
      }
      if (previous !== -1 && next < maxCodes) {
        before[next] = previous;
        values[next++] = first;
        if (next === 1 << bits && next < maxCodes) bits += 1;
      }
      previous = code;
    }
  }
}
