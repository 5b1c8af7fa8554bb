import type { Budget } from "./photo-budget.ts";

const maxCodes = 4_096;

/** The codes of a picture in a GIF, read without its pixels. */
export interface GifCodes {
  /** Their blocks, without what follows the last code, and the empty block behind them. */
  parts: readonly Uint8Array[];
  /** After the last block in the photo. */
  end: number;
  /** Which values its pixels have. */
  values: Uint8Array;
}

/**
 * Reads the LZW codes of a picture (GIF 89a, appendix F) as far as they have to be for their end to be found.
 *
 * @param at Where their first block starts.
 * @param firstBits The bits of a value.
 * @param pixels How many the codes have to stand for.
 * @returns Null when the codes are damaged, or stand for more or fewer pixels.
 */
export function readGifCodes(
  photo: Uint8Array,
  at: number,
  { firstBits, pixels, budget }: { firstBits: number; pixels: number; budget: Budget },
): GifCodes | null {
  if (firstBits < 1 || firstBits > 8) return null;
  const clear = 1 << firstBits;
  /** For each code, how many pixels it stands for. */
  const lengths = new Uint32Array(maxCodes).fill(1, 0, clear);
  const values = new Uint8Array(256);
  let next = clear + 2;
  let bits = firstBits + 1;
  let previous = -1;
  let buffer = 0;
  let count = 0;
  let drawn = 0;
  let isEnded = false;
  const parts: Uint8Array[] = [];

  for (let block = at; ;) {
    const length = photo[block] ?? 0;
    const end = block + 1 + length;
    if (length === 0 || end > photo.length) {
      // Many photos lack the empty block, and whatever is behind the last code.
      const isWhole = isEnded || (drawn === pixels && length === 0);
      if (!isWhole) return null;
      return { parts: [...parts, Uint8Array.of(0)], end: Math.min(end, photo.length), values };
    }
    budget.read();
    budget.codes((8 * length) / bits);
    for (let from = block + 1; from < end && !isEnded; from++) {
      buffer |= (photo[from] ?? 0) << count;
      count += 8;
      while (count >= bits) {
        const code = buffer & ((1 << bits) - 1);
        buffer >>>= bits;
        count -= bits;
        if (code === clear) {
          next = clear + 2;
          bits = firstBits + 1;
          previous = -1;
          continue;
        }
        if (code === clear + 1) {
          if (drawn !== pixels) return null;
          isEnded = true;
          parts.push(Uint8Array.of(from - block), photo.subarray(block + 1, from + 1));
          break;
        }
        const isNew = code === next && previous !== -1;
        if (code > next || (code === next && !isNew) || (previous === -1 && code > clear))
          return null;
        drawn += isNew ? (lengths[previous] ?? 0) + 1 : (lengths[code] ?? 0);
        if (drawn > pixels) return null;
        if (code < clear) values[code] = 1;
        if (previous !== -1 && next < maxCodes) {
          lengths[next++] = (lengths[previous] ?? 0) + 1;
          if (next === 1 << bits && next < maxCodes) bits += 1;
        }
        previous = code;
      }
    }
    if (!isEnded) parts.push(photo.subarray(block, end));
    block = end;
  }
}
