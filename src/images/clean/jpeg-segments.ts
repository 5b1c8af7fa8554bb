import { readerOf } from "./byte-reader.ts";
import { checkSize } from "./cleaned.ts";
import { type HuffmanCodes, huffmanTable, readHuffman, standardTables } from "./huffman.ts";
import { nextMarker } from "./jpeg-markers.ts";
import type { Component, Frame, Scan } from "./jpeg-scan.ts";
import { type Budget, photoBudget } from "./photo-budget.ts";
import { damaged, PhotoRefused } from "./photo-refused.ts";

export const markers = {
  huffman: 0xc4,
  endOfImage: 0xd9,
  startOfScan: 0xda,
  quantization: 0xdb,
  numberOfLines: 0xdc,
  restartInterval: 0xdd,
  app0: 0xe0,
  app1: 0xe1,
  app2: 0xe2,
  app14: 0xee,
  comment: 0xfe,
};
/** Frames that cameras and editors write, baseline and sequential or progressive, and whether they are progressive. */
const frameMarkers = new Map([
  [0xc0, false],
  [0xc1, false],
  [0xc2, true],
]);
/** Lossless and hierarchical frames, and those with arithmetic codes. */
const unsupported = new Set([3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((kind) => 0xc0 + kind));
/** Progressive photos have about ten; thousands are there to keep a decoder busy. */
const maxScans = 100;

/** 100 megapixels, of half as many colors as pixels across and down, have 2.3 million blocks. */
const maxBlockReads = 2_500_000;
/** Of eight bytes each. */
const maxStoredBlocks = 3_000_000;

interface Decoder {
  frame: Frame | null;
  scans: number;
  quantization: Map<number, Uint16Array>;
  huffman: Map<string, HuffmanCodes>;
  restartInterval: number;
  budget: Budget;
}

/** What reads a JPEG does with its parts, in their order. */
export interface JpegVisitor {
  /** A segment that is no scan. */
  segment(marker: number, body: Uint8Array): void;
  /**
   * @param body The scan's header.
   * @param added Standard tables that the scan needs and the photo leaves out.
   * @param at Where its codes begin.
   * @returns Where they end; null to read nothing more.
   */
  scan(scan: Scan, parts: { body: Uint8Array; added: HuffmanCodes[] }, at: number): number | null;
}

/**
 * Reads the segments of a JPEG (ITU-T T.81). Markers are found as libjpeg finds them: bytes between
 * segments are skipped, and the photo may end anywhere after its first scan began.
 */
export function walkJpeg(photo: Uint8Array, visitor: JpegVisitor, budget = photoBudget()): Frame {
  const decoder: Decoder = {
    frame: null,
    scans: 0,
    quantization: new Map(),
    huffman: new Map(),
    restartInterval: 0,
    budget,
  };

  for (let at = nextMarker(photo, 2); at < photo.length; at = nextMarker(photo, at)) {
    const marker = photo[at + 1] ?? 0;
    if (marker === markers.endOfImage) break;
    at += 2;
    budget.piece();
    if (isAlone(marker)) continue;
    if (at + 2 > photo.length) break;
    const length = readerOf(photo.subarray(at, at + 2)).uint(2);
    const body = photo.subarray(at + 2, at + length);
    at += Math.max(2, length);
    if (at > photo.length) break;
    try {
      if (marker === markers.startOfScan) {
        const { scan, added } = scanOf(decoder, body);
        decoder.scans += 1;
        const end = visitor.scan(scan, { body, added }, at);
        if (end === null || isComplete(decoder, scan)) break;
        at = end;
      } else {
        readSegment(decoder, marker, body);
        visitor.segment(marker, body);
      }
    } catch (error) {
      // What cannot be read behind a scan is a trailer: the picture is there.
      if (!(error instanceof PhotoRefused) || decoder.scans === 0) throw error;
      break;
    }
  }
  if (!decoder.frame || decoder.scans === 0) throw damaged("it holds no picture");
  return decoder.frame;
}

/** Whether nothing of the picture can follow a scan, or nothing more is read. */
const isComplete = ({ scans }: Decoder, { frame, components }: Scan): boolean =>
  scans === maxScans || (!frame.isProgressive && components.length === frame.components.length);

/** Restart markers, and one for arithmetic coding, have no length. */
const isAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

export const isApplication = (marker: number) =>
  (marker >= markers.app0 && marker <= 0xef) || marker === markers.comment;

function readSegment(decoder: Decoder, marker: number, body: Uint8Array): void {
  const isProgressive = frameMarkers.get(marker);
  if (isProgressive !== undefined) {
    if (decoder.frame) throw damaged("it holds two pictures");
    decoder.frame = frameOf(body, isProgressive);
  } else if (marker === markers.huffman) {
    for (const codes of readHuffman(body, decoder.budget)) decoder.huffman.set(keyOf(codes), codes);
  } else if (marker === markers.quantization) {
    for (const [id, table] of readQuantization(body, decoder.budget))
      decoder.quantization.set(id, table);
  } else if (marker === markers.restartInterval) {
    if (body.length !== 2) throw damaged("a segment of it has a wrong length");
    decoder.restartInterval = readerOf(body).uint(2);
  } else if (!isApplication(marker) && marker !== markers.numberOfLines) {
    throw damaged(
      unsupported.has(marker)
        ? "it is a kind of JPEG that is not taken"
        : "it has a segment that photos do not have",
    );
  }
}

/** Libjpeg's limits, and the colors that browsers know: gray, three, or four. */
function frameOf(body: Uint8Array, isProgressive: boolean): Frame {
  const reader = readerOf(body);
  if (reader.uint(1) !== 8) throw damaged("its colors do not have 8 bits");
  const [height, width] = [reader.uint(2), reader.uint(2)];
  checkSize(width, height);
  const count = reader.uint(1);
  if (![1, 3, 4].includes(count) || reader.left !== 3 * count) {
    throw damaged("its header is broken");
  }
  const fields = Array.from({ length: count }, () => {
    const [id, sampling, quantization] = [reader.uint(1), reader.uint(1), reader.uint(1)];
    const [across, down] = [sampling >> 4, sampling & 15];
    if (across < 1 || across > 4 || down < 1 || down > 4) throw damaged("its header is broken");
    // A component alone has blocks of its own size, whatever its factors.
    return count === 1
      ? { id, quantization, across: 1, down: 1 }
      : { id, quantization, across, down };
  });
  const across = Math.max(...fields.map((it) => it.across));
  const down = Math.max(...fields.map((it) => it.down));
  const mcuColumns = Math.ceil(width / (8 * across));
  const mcuRows = Math.ceil(height / (8 * down));
  const components = fields.map((it): Component => {
    const [columns, rows] = [mcuColumns * it.across, mcuRows * it.down];
    return Object.assign(it, {
      columns,
      rows,
      ownColumns: Math.ceil(Math.ceil((width * it.across) / across) / 8),
      ownRows: Math.ceil(Math.ceil((height * it.down) / down) / 8),
      storedRows: rows,
      coefficients: new Int16Array(0),
      nonZero: new Uint32Array(0),
    });
  });
  return {
    isProgressive,
    width,
    height,
    across,
    down,
    mcuColumns,
    mcuRows,
    blockReads: maxBlockReads,
    freeBlocks: maxStoredBlocks,
    components,
  };
}

/** The tables of a segment, which they have to fill, by id. In zigzag order. */
function readQuantization(body: Uint8Array, budget: Budget): Map<number, Uint16Array> {
  const reader = readerOf(body);
  const tables = new Map<number, Uint16Array>();
  while (reader.left > 0) {
    budget.piece();
    const head = reader.uint(1);
    if ((head & 15) > 3 || head >> 4 > 1) throw damaged("a table of it is broken");
    const bytes = head >> 4 ? 2 : 1;
    const values = readerOf(reader.take(64 * bytes));
    tables.set(
      head & 15,
      Uint16Array.from({ length: 64 }, () => values.uint(bytes)),
    );
  }
  return tables;
}

const keyOf = ({ isAc, id }: Pick<HuffmanCodes, "isAc" | "id">) => `${isAc ? "AC" : "DC"}${id}`;

const standard = new Map(
  readHuffman(standardTables, photoBudget()).map((codes) => [keyOf(codes), codes]),
);

/** A scan, and the tables that its camera left out because they are the standard's. */
function scanOf(decoder: Decoder, body: Uint8Array): { scan: Scan; added: HuffmanCodes[] } {
  const added: HuffmanCodes[] = [];
  const { frame, restartInterval } = decoder;
  if (!frame) throw damaged("its size is missing");
  const reader = readerOf(body);
  const count = reader.uint(1);
  if (count < 1 || count > 4 || reader.left !== 2 * count + 3) {
    throw damaged("the header of a scan is broken");
  }
  const ids = Array.from({ length: count }, () => [reader.uint(1), reader.uint(1)] as const);
  const [first, last, bits] = [reader.uint(1), reader.uint(1), reader.uint(1)];
  const [high, low] = [bits >> 4, bits & 15];
  const isRefinement = high > 0;
  if (frame.isProgressive) checkProgression({ first, last, count, high, low });
  const needs = {
    dc: !frame.isProgressive || (first === 0 && !isRefinement),
    ac: !frame.isProgressive || first > 0,
  };
  const tableOf = (isAc: boolean, id: number) => {
    if (!(isAc ? needs.ac : needs.dc)) return noTable;
    const key = keyOf({ isAc, id });
    const given = decoder.huffman.get(key);
    if (given) return huffmanTable(given);
    const codes = frame.isProgressive ? undefined : standard.get(key);
    if (!codes) throw damaged("a table of it is missing");
    decoder.huffman.set(key, codes);
    added.push(codes);
    return huffmanTable(codes);
  };
  const components = ids.map(([id, tables]) => {
    const component = frame.components.find((it) => it.id === id);
    if (!component) throw damaged("the header of a scan is broken");
    const quantization = decoder.quantization.get(component.quantization);
    if (!quantization) throw damaged("a table of it is missing");
    const [dc, ac] = [tableOf(false, tables >> 4), tableOf(true, tables & 15)];
    return { component, quantization, dc, ac, prediction: 0 };
  });
  const scan = { frame, components, first, last, low, isRefinement, restartInterval };
  return { scan, added };
}

const noTable = huffmanTable({ isAc: true, counts: new Uint8Array(0), symbols: new Uint8Array(0) });

interface Progression {
  first: number;
  last: number;
  count: number;
  /** The bit of the coefficients that was read last, and the one that is read now. */
  high: number;
  low: number;
}

/** ITU-T T.81, G.1.1.1.1. */
function checkProgression({ first, last, count, high, low }: Progression): void {
  const isBand = first === 0 ? last === 0 : last >= first && last < 64 && count === 1;
  if (isBand && low <= 13 && (high === 0 || high === low + 1)) return;
  throw damaged("the header of a scan is broken");
}
