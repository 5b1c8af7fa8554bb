import { damaged } from "./photo-refused.ts";

/** What reading one photo may cost, whatever its format: all of its readers share it. */
export interface Budget {
  /** Bytes are read, a field or a block at a time. */
  read(): void;
  /** A box, chunk, segment, table, frame or extent, which is kept in memory or takes longer. */
  piece(): void;
  /** Codes of pixels are read, without the pixels. */
  codes(count: number): void;
}

/** A photo of 10 MB has a few ten thousand fields and blocks; of a million only who wants to fill a memory makes one. */
const maxCost = 200_000;
const pieceCost = 10;
/** A photo of 10 MB has half as many; more are there to keep a reader busy. */
const maxCodes = 16_000_000;

export function photoBudget(): Budget {
  let left = maxCost;
  let codesLeft = maxCodes;
  function spend(cost: number): void {
    left -= cost;
    if (left < 0) throw damaged("it is in too many pieces");
  }
  return {
    read: () => spend(1),
    piece: () => spend(pieceCost),
    codes(count) {
      codesLeft -= count;
      if (codesLeft < 0) throw damaged("it has too many codes");
    },
  };
}
