/** Of LZW in a GIF, which has codes of 12 bits at most. */
export const maxCodes = 4_096;

interface LzwReader {
  /**
   * Reads the codes in the next bytes.
   *
   * @returns "open" when more may follow, "ended" behind the last code, "damaged" when a code stands for nothing; and
   *   how many bytes were read.
   */
  read(bytes: Uint8Array): { state: "open" | "ended" | "damaged"; length: number };
  /** How many bits the next code has. */
  codeBits(): number;
}

/**
 * Is called with each code.
 *
 * @param previous The code before; -1 for the first one.
 * @param added The code that from now on stands for the one before with one more value; -1 for none. It may be the
 *   code itself.
 * @returns False to read nothing more.
 */
type LzwVisitor = (code: number, previous: number, added: number) => boolean;

/**
 * Reads GIF's LZW codes (GIF 89a, appendix F), a block at a time.
 *
 * @param firstBits The bits of a value.
 */
export function lzwReader(firstBits: number, visit: LzwVisitor): LzwReader {
  const clear = 1 << firstBits;
  const start = { next: clear + 2, bits: firstBits + 1, previous: -1 };
  let state = { ...start, buffer: 0, count: 0 };

  return {
    codeBits: () => state.bits,
    read(bytes) {
      // In variables of its own: millions of codes are read.
      let { next, bits, previous, buffer, count } = state;
      for (let at = 0; at < bytes.length; at++) {
        buffer |= (bytes[at] ?? 0) << count;
        count += 8;
        while (count >= bits) {
          const code = buffer & ((1 << bits) - 1);
          buffer >>>= bits;
          count -= bits;
          if (code === clear) {
            ({ next, bits, previous } = start);
            continue;
          }
          if (code === clear + 1) return { state: "ended", length: at + 1 };
          const isUnknown = code > next || (previous === -1 && code > clear);
          const added = previous !== -1 && next < maxCodes ? next : -1;
          if (isUnknown || !visit(code, previous, added)) {
            return { state: "damaged", length: at + 1 };
          }
          if (added !== -1) {
            next += 1;
            if (next === 1 << bits && next < maxCodes) bits += 1;
          }
          previous = code;
        }
      }
      state = { next, bits, previous, buffer, count };
      return { state: "open", length: bytes.length };
    },
  };
}
