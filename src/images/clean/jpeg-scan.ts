import { asciiOf } from "./byte-reader.ts";
import type { HuffmanTable } from "./huffman.ts";
import { damaged } from "./photo-refused.ts";

export interface Component {
  id: number;
  /** The id of its quantization table. */
  quantization: number;
  /** Sampling factors. */
  across: number;
  down: number;
  /** Per block, which of its 64 coefficients are not 0: two numbers of 32 bits. Progressive photos only. */
  nonZero: Uint32Array;
}

export interface Frame {
  width: number;
  height: number;
  isProgressive: boolean;
  isArithmetic: boolean;
  components: readonly Component[];
}

export interface Scan {
  frame: Frame;
  components: readonly { component: Component; dc: HuffmanTable; ac: HuffmanTable }[];
  /** The first and the last coefficient, and whether they were in an earlier scan. */
  first: number;
  last: number;
  isRefinement: boolean;
  /** In MCUs; 0 for none. */
  restartInterval: number;
}

/** The largest sampling factors of a frame: a component with them has every pixel. */
const samplingOf = (components: readonly Component[]) => ({
  across: Math.max(...components.map((it) => it.across)),
  down: Math.max(...components.map((it) => it.down)),
});

/** The blocks of a component that is decoded on its own. */
function blocksOf({ width, height, components }: Frame, { across, down }: Component): number {
  const sampling = samplingOf(components);
  return alongSide(width, across, sampling.across) * alongSide(height, down, sampling.down);
}

const alongSide = (size: number, factor: number, largest: number) =>
  Math.ceil(Math.ceil((size * factor) / largest) / 8);

const isRestart = (marker: number | undefined) =>
  marker !== undefined && marker >= 0xd0 && marker <= 0xd7;

/** The next marker's 0xFF; the end of the photo when there is none. */
export function nextMarker(photo: Uint8Array, from: number): number {
  for (let at = photo.indexOf(0xff, from); at !== -1; at = photo.indexOf(0xff, at + 1)) {
    const marker = photo[at + 1];
    if (marker !== undefined && marker !== 0 && marker !== 0xff) return at;
  }
  return photo.length;
}

/** @returns Where a scan ends; null when it is in doubt. */
export type ScanReader = (
  photo: Uint8Array,
  from: number,
  scan: Scan,
  /** Is called with each range of bytes that belongs to the scan. */
  copy: (from: number, end: number) => void,
) => number | null;

/** What follows the scans of a photo that is in order: tables, the next scan, or the end. */
const successors = new Set([0xc4, 0xcc, 0xd9, 0xda, 0xdb, 0xdc, 0xdd]);
const tailBytes = 256;
const text = /[ -~]{12}/;

/**
 * Finds the marker that ends a scan. In doubt when there is none, when it is none that follows a scan, or
 * when the bytes before it may be text: then only reading the codes shows where they end.
 */
export const findScan: ScanReader = function findScan(photo, from, { frame }, copy) {
  let end = nextMarker(photo, from);
  while (isRestart(photo[end + 1])) end = nextMarker(photo, end + 2);
  const tail = photo.subarray(Math.max(from, end - tailBytes), end);
  const isClear = successors.has(photo[end + 1] ?? 0) && !text.test(asciiOf(tail));
  // Arithmetic codes are never read.
  if (!isClear && !(frame.isArithmetic && end < photo.length)) return null;
  copy(from, end);
  return end;
};

/**
 * Reads the codes of a scan as libjpeg does, to find where they end: a trailer may follow them without a
 * marker. Takes as long as decoding them: about 50 ms a megabyte.
 */
export const readScan: ScanReader = function readScan(photo, from, scan, copy) {
  const { frame } = scan;
  if (frame.isArithmetic) return findScan(photo, from, scan, copy);
  const bits = bitsOf(photo, from);
  const sampling = samplingOf(frame.components);
  for (const component of frame.isProgressive ? frame.components : []) {
    if (component.nonZero.length > 0) continue;
    component.nonZero = new Uint32Array(2 * blocksOf(frame, component));
  }
  const [only, ...others] = scan.components;
  if (!only) throw damaged("a scan of it is empty");
  const readBlock = blockReader(scan, bits);
  const isAlone = others.length === 0;
  const mcus = isAlone
    ? blocksOf(frame, only.component)
    : Math.ceil(frame.width / (8 * sampling.across)) *
      Math.ceil(frame.height / (8 * sampling.down));
  // The blocks of an MCU, as the components that they are of.
  const blocks = isAlone
    ? [only]
    : scan.components.flatMap((it) =>
        Array.from({ length: it.component.across * it.component.down }, () => it),
      );
  if (blocks.length > 10) throw damaged("a scan of it is too large");

  let start = from;
  let expected = 0;
  for (let mcu = 0; mcu < mcus; mcu++) {
    if (scan.restartInterval > 0 && mcu > 0 && mcu % scan.restartInterval === 0) {
      copy(start, bits.end());
      const missing = findRestart();
      if (missing === null) return start;
      mcu += missing * scan.restartInterval;
      if (mcu >= mcus) break;
    }
    if (bits.isAtEnd()) {
      if (scan.restartInterval === 0) break;
      mcu += scan.restartInterval - (mcu % scan.restartInterval) - 1;
      continue;
    }
    for (const block of blocks) readBlock(block, mcu);
  }
  const end = bits.end();
  const isMarked = end < photo.length && nextMarker(photo, end) === end;
  copy(start, isMarked ? end : beforeText(photo, start, end));
  return end;

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
};

const textSearchBytes = 64 * 1024;

/** A damaged scan without a marker behind it may have run into a trailer, which its text shows. */
function beforeText(photo: Uint8Array, from: number, end: number): number {
  const searched = Math.max(from, end - textSearchBytes);
  const at = new TextDecoder("latin1").decode(photo.subarray(searched, end)).search(/[ -~]{16}/);
  return at === -1 ? end : searched + at;
}

type ScanComponent = Scan["components"][number];

/** Reads a block's bits. What they mean is of no interest but for which coefficients are not 0. */
function blockReader({ frame, first, last, isRefinement }: Scan, bits: Bits) {
  let endOfBlockRun = 0;

  function sequential({ dc, ac }: ScanComponent) {
    bits.skip(bits.symbol(dc));
    for (let index = 1; index < 64; index++) {
      const symbol = bits.symbol(ac);
      const size = symbol & 15;
      if (size === 0 && symbol !== 0xf0) return;
      index += symbol >> 4;
      bits.skip(size);
    }
  }

  function firstDc({ dc }: ScanComponent) {
    bits.skip(bits.symbol(dc));
  }

  function refineDc() {
    bits.skip(1);
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
      bits.skip(size);
      if (size > 0) setNonZero(component, block, index);
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
      if (size > 0) bits.skip(1);
      for (let zeros = run; index <= last; index++) {
        if (isNonZero(component, block, index)) bits.skip(1);
        else if (--zeros < 0) break;
      }
      if (size > 0) setNonZero(component, block, index);
    }
    if (endOfBlockRun === 0) return;
    endOfBlockRun -= 1;
    if (!component.nonZero[2 * block] && !component.nonZero[2 * block + 1]) return;
    for (; index <= last; index++) {
      if (isNonZero(component, block, index)) bits.skip(1);
    }
  }

  const dc = isRefinement ? refineDc : firstDc;
  const ac = isRefinement ? refineAc : firstAc;
  const read = frame.isProgressive ? (first === 0 ? dc : ac) : sequential;
  return Object.assign((of: ScanComponent, block: number) => read(of, block), {
    restart() {
      endOfBlockRun = 0;
    },
  });
}

function setNonZero({ nonZero }: Component, block: number, index: number): void {
  const at = 2 * block + (index >> 5);
  // A damaged run may lead past the last coefficient.
  if (index < 64 && at < nonZero.length) nonZero[at] = (nonZero[at] ?? 0) | (1 << (index & 31));
}

const isNonZero = ({ nonZero }: Component, block: number, index: number) =>
  ((nonZero[2 * block + (index >> 5)] ?? 0) >>> (index & 31)) & 1;

type Bits = ReturnType<typeof bitsOf>;

/** The bits of a scan, without the zeros after 0xFF. At a marker they end; zeros follow. */
function bitsOf(photo: Uint8Array, from: number) {
  let at = from;
  // Of 24 bits: larger numbers are allocated.
  let buffer = 0;
  let count = 0;
  /** Of the bits in the buffer, those that were not in the photo. */
  let padding = 0;

  function fill(): void {
    while (count <= 16) {
      const byte = photo[at];
      const next = byte === 0xff ? stuffedAt(at) : at;
      if (byte === undefined || next === -1) padding += 8;
      else at = next + 1;
      buffer = ((buffer & 0xffff) << 8) | (padding > 0 ? 0 : (byte ?? 0));
      count += 8;
    }
  }

  /** The 0 after a 0xFF, or after several; -1 at a marker. */
  function stuffedAt(ff: number): number {
    if (padding > 0) return -1;
    let next = ff + 1;
    while (photo[next] === 0xff) next += 1;
    return photo[next] === 0 ? next : -1;
  }

  return {
    symbol(table: HuffmanTable): number {
      if (count < 17) fill();
      const entry = table[(buffer >>> (count - 16)) & 0xffff] ?? 0;
      count -= entry >> 8;
      return entry & 255;
    },
    skip(length: number): void {
      if (count < length) fill();
      count -= length;
    },
    read(length: number): number {
      if (count < length) fill();
      count -= length;
      return (buffer >>> count) & ((1 << length) - 1);
    },
    isAtEnd: () => padding > count,
    /** After the last byte that was read from. */
    end(): number {
      let end = at;
      for (let whole = Math.max(0, count - padding) >> 3; whole > 0; whole--) {
        end -= photo[end - 1] === 0 && photo[end - 2] === 0xff ? 2 : 1;
      }
      return end;
    },
    restart(from: number): void {
      at = from;
      buffer = count = padding = 0;
    },
  };
}
