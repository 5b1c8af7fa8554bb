import { bitsOf } from "./jpeg-bits.ts";
import { blockReader, keepNone, type Kept } from "./jpeg-block.ts";
import { isRestart, nextMarker } from "./jpeg-markers.ts";
import type { Scan, ScanComponent } from "./jpeg-scan-header.ts";
import { mayBeText } from "./may-be-text.ts";
import { damaged } from "./photo-refused.ts";

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
