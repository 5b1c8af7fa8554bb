import { readerOf } from "./byte-reader.ts";
import { type HuffmanCodes, readHuffman } from "./huffman.ts";
import { type Frame, readFrameHeader } from "./jpeg-frame.ts";
import { nextMarker } from "./jpeg-markers.ts";
import { type DecoderState, readScanHeader, type Scan, tableKey } from "./jpeg-scan-header.ts";
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

interface Decoder extends DecoderState {
  scans: number;
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
        const { scan, added } = readScanHeader(decoder, body);
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
    decoder.frame = readFrameHeader(body, isProgressive);
  } else if (marker === markers.huffman) {
    for (const codes of readHuffman(body, decoder.budget))
      decoder.huffman.set(tableKey(codes), codes);
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
