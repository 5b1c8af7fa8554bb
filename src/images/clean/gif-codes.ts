import { lzwReader, maxCodes } from "./lzw.ts";
import type { Budget } from "./photo-budget.ts";

/** Against a code of a PNG. GIFs of 10 MB have at most 9.3 million codes, as most have 9 to 12 bits. */
const codeCost = 1.6;

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
 * Reads the LZW codes of a picture as far as they have to be for their end to be found.
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
  let drawn = 0;
  const codes = lzwReader(firstBits, (code, previous, added) => {
    if (added !== -1) lengths[added] = (lengths[previous] ?? 0) + 1;
    if (code < clear) values[code] = 1;
    drawn += lengths[code] ?? 0;
    return drawn <= pixels;
  });
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
    budget.codes((codeCost * 8 * length) / codes.codeBits());
    if (!isEnded) {
      const bytes = photo.subarray(block + 1, end);
      const { state, length: read } = codes.read(bytes);
      if (state === "damaged" || (state === "ended" && drawn !== pixels)) return null;
      isEnded = state === "ended";
      parts.push(Uint8Array.of(read), bytes.subarray(0, read));
    }
    block = end;
  }
}
