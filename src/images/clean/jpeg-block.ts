import type { Component } from "./jpeg-frame.ts";
import type { Bits } from "./jpeg-bits.ts";
import type { Scan, ScanComponent } from "./jpeg-scan-header.ts";

/** The coefficients of a block that are kept. */
export interface Kept {
  /** How many there are. */
  size: number;
  /** For each index in zigzag order, the place among those that are kept, or -1. */
  places: Int8Array;
  /** The last index of one. */
  last: number;
}

export const keepNone: Kept = { size: 0, places: new Int8Array(64).fill(-1), last: 0 };

/**
 * Eight times the brightest sample, and half as much again for what editors add. Codes that are read from a wrong
 * bit on soon lead beyond it.
 */
const maxDc = 1_536;

/** Reads the bits of one block. */
export function blockReader(scan: Scan, bits: Bits, kept: Kept) {
  const { frame, first, last, low, isRefinement } = scan;
  const { places, size: keptSize } = kept;
  const bit = 1 << low;
  let endOfBlockRun = 0;
  let isWhole = true;

  function put({ coefficients }: Component, block: number, index: number, value: number) {
    // A damaged run may lead past the last coefficient.
    const place = places[index] ?? -1;
    if (place >= 0) coefficients[block * keptSize + place] = value;
  }

  function readDc(of: ScanComponent): number {
    of.prediction += bits.signed(bits.symbol(of.dc));
    if (Math.abs(of.prediction << low) * (of.quantization[0] ?? 0) > maxDc) isWhole = false;
    return of.prediction;
  }

  function sequential(of: ScanComponent, block: number) {
    put(of.component, block, 0, readDc(of));
    let index = 1;
    for (; index <= kept.last; index++) {
      const symbol = bits.symbol(of.ac);
      const size = symbol & 15;
      if (size === 0 && symbol !== 0xf0) return;
      index += symbol >> 4;
      if (size > 0) put(of.component, block, index, bits.signed(size));
    }
    bits.skipCoefficients(of.ac, index);
  }

  function firstDc(of: ScanComponent, block: number) {
    put(of.component, block, 0, readDc(of) << low);
  }

  function refineDc({ component: { coefficients } }: ScanComponent, block: number) {
    if (bits.read(1) === 0 || keptSize === 0) return;
    coefficients[block * keptSize] = (coefficients[block * keptSize] ?? 0) | bit;
  }

  function firstAc({ component, ac }: ScanComponent, block: number) {
    if (endOfBlockRun > 0) {
      endOfBlockRun -= 1;
      return;
    }
    for (let index = first; index <= last; index++) {
      const symbol = bits.symbol(ac);
      const [run, size] = [symbol >> 4, symbol & 15];
      if (size === 0 && run < 15) {
        endOfBlockRun = (1 << run) + bits.read(run) - 1;
        return;
      }
      index += run;
      if (index > last) isWhole = false;
      if (size === 0) continue;
      put(component, block, index, bits.signed(size) << low);
      setNonZero(component, block, index);
    }
  }

  function refineAc({ component, ac }: ScanComponent, block: number) {
    let index = first;
    for (; endOfBlockRun === 0 && index <= last; index++) {
      const symbol = bits.symbol(ac);
      const [run, size] = [symbol >> 4, symbol & 15];
      if (size === 0 && run < 15) {
        endOfBlockRun = (1 << run) + bits.read(run);
        break;
      }
      const value = size > 0 && bits.read(1) ? bit : -bit;
      for (let zeros = run; index <= last; index++) {
        if (isNonZero(component, block, index)) refine(component, block, index);
        else if (--zeros < 0) break;
      }
      if (index > last) isWhole = false;
      if (size === 0) continue;
      put(component, block, index, value);
      setNonZero(component, block, index);
    }
    if (endOfBlockRun === 0) return;
    endOfBlockRun -= 1;
    refineRest(component, block, index);
  }

  /** Adds a bit to a coefficient that is not 0. */
  function refine({ coefficients }: Component, block: number, index: number) {
    if (!bits.read(1)) return;
    const place = places[index] ?? -1;
    if (place < 0) return;
    const value = coefficients[block * keptSize + place] ?? 0;
    if ((value & bit) === 0)
      coefficients[block * keptSize + place] = value + (value < 0 ? -bit : bit);
  }

  /** Refines the coefficients from an index on. Most blocks have few: only those are visited. */
  function refineRest(component: Component, block: number, from: number) {
    for (let half = from >> 5; half <= last >> 5; half++) {
      let rest = (component.nonZero[2 * block + half] ?? 0) & (-1 << Math.max(0, from - 32 * half));
      for (; rest !== 0; rest &= rest - 1) {
        const index = 32 * half + 31 - Math.clz32(rest & -rest);
        if (index > last) return;
        refine(component, block, index);
      }
    }
  }

  const dc = isRefinement ? refineDc : firstDc;
  const ac = isRefinement ? refineAc : firstAc;
  const read = frame.isProgressive ? (first === 0 ? dc : ac) : sequential;
  return Object.assign((of: ScanComponent, block: number) => read(of, block), {
    /** Whether no run led past the blocks, or past the last coefficient of one. */
    isWhole: () => isWhole && endOfBlockRun === 0,
    restart() {
      if (endOfBlockRun > 0) isWhole = false;
      endOfBlockRun = 0;
      for (const of of scan.components) of.prediction = 0;
    },
  });
}

function setNonZero({ nonZero }: Component, block: number, index: number): void {
  const at = 2 * block + (index >> 5);
  if (index < 64 && at < nonZero.length) nonZero[at] = (nonZero[at] ?? 0) | (1 << (index & 31));
}

const isNonZero = ({ nonZero }: Component, block: number, index: number) =>
  ((nonZero[2 * block + (index >> 5)] ?? 0) >>> (index & 31)) & 1;
