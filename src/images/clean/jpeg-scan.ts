import type { HuffmanTable } from "./huffman.ts";
import { type Bits, bitsOf } from "./jpeg-bits.ts";
import { isRestart, nextMarker } from "./jpeg-markers.ts";
import { mayBeText } from "./may-be-text.ts";
import { damaged } from "./photo-refused.ts";

export interface Component {
  id: number;
  /** The id of its quantization table. */
  quantization: number;
  /** Sampling factors: the blocks that it has in an MCU. */
  across: number;
  down: number;
  /** Blocks, of whole MCUs. */
  columns: number;
  rows: number;
  /** Blocks of a scan of this component alone. */
  ownColumns: number;
  ownRows: number;
  /** Rows of blocks for which there is memory. A later row takes the place of an earlier one. */
  storedRows: number;
  /** Per block, the coefficients that are kept. */
  coefficients: Int16Array;
  /** Per block, which of its 64 coefficients are not 0: two numbers of 32 bits. Progressive photos only. */
  nonZero: Uint32Array;
}

export interface Frame {
  width: number;
  height: number;
  isProgressive: boolean;
  /** The largest sampling factors: a component with them has every pixel. */
  across: number;
  down: number;
  mcuColumns: number;
  mcuRows: number;
  /** Blocks that may still be read, of all scans together. */
  blockReads: number;
  /** Blocks for which it may still be stored which of their coefficients are not 0. */
  freeBlocks: number;
  components: readonly Component[];
}

export interface ScanComponent {
  component: Component;
  quantization: Uint16Array;
  dc: HuffmanTable;
  ac: HuffmanTable;
  /** The DC coefficient of its block before. */
  prediction: number;
}

export interface Scan {
  frame: Frame;
  components: readonly ScanComponent[];
  /** The first and the last coefficient, and whether they were in an earlier scan. */
  first: number;
  last: number;
  isRefinement: boolean;
  /** The bit of the coefficients that is read, or down to which they are. Progressive photos only. */
  low: number;
  /** In MCUs; 0 for none. */
  restartInterval: number;
}

/** The coefficients of a block that are kept. */
export interface Kept {
  /** How many there are. */
  size: number;
  /** For each index in zigzag order, the place among those that are kept, or -1. */
  places: Int8Array;
  /** The last index of one. */
  last: number;
}

const keepNone: Kept = { size: 0, places: new Int8Array(64).fill(-1), last: 0 };

export interface ScanOptions {
  /** Is called with each range of bytes that belongs to the scan. */
  copy?: (from: number, end: number) => void;
  /** Is called before a row of MCUs is read. Damaged photos lack some rows. */
  startRow?: (row: number) => void;
  /** What is written to the components' coefficients; none without it. */
  kept?: Kept;
}

/** What reading a scan has shown. */
interface ReadScan {
  /** After the last byte that was read. */
  end: number;
  /** Whether all of its blocks are there, in codes that are in order. */
  isWhole: boolean;
  /** Whether the photo ends in it, and the codes until then are in order. */
  isCut: boolean;
}

/**
 * Reads the codes of a scan as libjpeg does. Where they end is in no header: a trailer may follow them
 * without a marker.
 */
export function readScan(
  photo: Uint8Array,
  from: number,
  scan: Scan,
  options: ScanOptions,
): ReadScan {
  const { frame } = scan;
  const { copy, startRow, kept = keepNone } = options;
  const bits = bitsOf(photo, from);
  const [only, ...others] = scan.components;
  if (!only) throw damaged("a scan of it is empty");
  for (const { component } of scan.first > 0 ? scan.components : []) {
    if (component.nonZero.length > 0) continue;
    if (component.columns * component.rows > frame.freeBlocks) throw tooManyBlocks();
    frame.freeBlocks -= component.columns * component.rows;
    component.nonZero = new Uint32Array(2 * component.columns * component.rows);
  }
  const readBlock = blockReader(scan, bits, kept);
  const isAlone = others.length === 0;
  const columns = isAlone ? only.component.ownColumns : frame.mcuColumns;
  const mcus = columns * (isAlone ? only.component.ownRows : frame.mcuRows);
  const blocks = isAlone
    ? [{ of: only, across: 1, down: 1, column: 0, row: 0 }]
    : scan.components.flatMap(blocksOfMcu);
  if (blocks.length > 10) throw damaged("a scan of it is too large");

  let start = from;
  let expected = 0;
  let currentRow = -1;
  let isWhole = true;
  /** Of the codes before the MCU that is read. The last one of a cut photo is filled up with zeros. */
  let isInOrder = false;
  for (let mcu = 0; mcu < mcus; mcu++) {
    if (scan.restartInterval > 0 && mcu > 0 && mcu % scan.restartInterval === 0) {
      copy?.(start, bits.end());
      isWhole &&= !bits.isAtEnd();
      const isCut = isCutHere();
      const missing = findRestart();
      if (missing === null) return { end: start, isWhole: false, isCut };
      isWhole &&= missing === 0;
      mcu += missing * scan.restartInterval;
      if (mcu >= mcus) break;
    }
    if (bits.isAtEnd()) {
      isWhole = false;
      if (scan.restartInterval === 0) break;
      mcu += scan.restartInterval - (mcu % scan.restartInterval) - 1;
      continue;
    }
    if (copy) isInOrder = !bits.isDamaged() && readBlock.isWhole();
    const mcuRow = Math.floor(mcu / columns);
    const mcuColumn = mcu - mcuRow * columns;
    if (mcuRow !== currentRow) {
      frame.blockReads -= columns * blocks.length;
      if (frame.blockReads < 0) throw tooManyBlocks();
      currentRow = mcuRow;
      startRow?.(mcuRow);
    }
    for (const { of, across, down, column, row } of blocks) {
      const { component } = of;
      const stored = (mcuRow * down + row) % component.storedRows;
      readBlock(of, stored * component.columns + mcuColumn * across + column);
    }
  }
  const end = bits.end();
  copy?.(start, end);
  isWhole &&= !bits.isAtEnd() && !bits.isDamaged() && readBlock.isWhole();
  if (isWhole && nextMarker(photo, end) !== end) isWhole = mayEndHere();
  return { end, isWhole, isCut: isCutHere() };

  function isCutHere(): boolean {
    const end = bits.end();
    // A 0xFF at the end may have been half of a code.
    const isLast = bits.isAtEnd() && end >= photo.length - 1;
    return isLast && isInOrder && !mayBeText(photo.subarray(start, end));
  }

  /**
   * Whether a scan without a marker behind it ends here, and damaged codes have not led into a trailer: encoders fill
   * the last byte up with ones, and the bytes before are no text.
   */
  function mayEndHere(): boolean {
    return bits.isFilled() && !mayBeText(photo.subarray(start, end));
  }

  /**
   * Moves behind the next restart marker, as libjpeg's resynchronisation does.
   *
   * @returns How many intervals before it are missing; null when the scan has no more.
   */
  function findRestart(): number | null {
    for (let at = bits.end(); ; at += 2) {
      start = at = nextMarker(photo, at);
      const marker = photo[at + 1] ?? 0;
      if (at === photo.length || (marker >= 0xc0 && !isRestart(marker))) return null;
      if (!isRestart(marker)) continue;
      const ahead = (marker - 0xd0 - expected) & 7;
      // One that is a little late belongs to an interval that was read before.
      if (ahead >= 6) continue;
      const missing = ahead <= 2 ? ahead : 0;
      expected = (expected + missing + 1) & 7;
      readBlock.restart();
      bits.restart(at + 2);
      return missing;
    }
  }
}

const tooManyBlocks = () => damaged("its scans have too many blocks");

/** The blocks that a component has in an MCU, and where in it they are. */
function blocksOfMcu(of: ScanComponent) {
  const { across, down } = of.component;
  return Array.from({ length: across * down }, (_, index) => {
    const row = Math.floor(index / across);
    return { of, across, down, column: index - row * across, row };
  });
}

/**
 * Eight times the brightest sample, and half as much again for what editors add. Codes that are read from a wrong
 * bit on soon lead beyond it.
 */
const maxDc = 1_536;

/** Reads the bits of one block. */
function blockReader(scan: Scan, bits: Bits, kept: Kept) {
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
