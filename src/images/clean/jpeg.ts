import { asciiOf, bytesOf, joined, readerOf } from "./byte-reader.ts";
import { writerOf } from "./byte-writer.ts";
import { checkSize, type Cleaned } from "./cleaned.ts";
import { type HuffmanCodes, huffmanTable, readHuffman, standardTables } from "./huffman.ts";
import {
  findScan,
  type Frame,
  nextMarker,
  readScan,
  type Scan,
  type ScanReader,
} from "./jpeg-scan.ts";
import { exifName, orientationOf, orientationOnly } from "./orientation.ts";
import { damaged, PhotoRefused } from "./photo-refused.ts";

const markers = {
  huffman: 0xc4,
  arithmetic: 0xcc,
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
/** Frames that browsers show: baseline, sequential, progressive, and the last two with arithmetic codes. */
const frameMarkers = new Map([
  [0xc0, { isProgressive: false, isArithmetic: false }],
  [0xc1, { isProgressive: false, isArithmetic: false }],
  [0xc2, { isProgressive: true, isArithmetic: false }],
  [0xc9, { isProgressive: false, isArithmetic: true }],
  [0xca, { isProgressive: true, isArithmetic: true }],
]);
/** Lossless and hierarchical frames. */
const unsupported = new Set([0xc3, 0xc5, 0xc6, 0xc7, 0xc8, 0xcb, 0xcd, 0xce, 0xcf]);
/** Progressive photos have about ten; thousands are there to keep a decoder busy. */
const maxScans = 100;
/** Of a photo of 10 MB there are about a hundred. */
const maxSegments = 20_000;
/** What may be added: standard tables and an orientation. */
const maxAdded = 1_024;

interface Decoder {
  frame: Frame | null;
  segments: number;
  scans: number;
  quantization: Set<number>;
  huffman: Map<string, HuffmanCodes>;
  restartInterval: number;
  hasOrientation: boolean;
  /** Of the color profile, the bytes that are still to come. */
  profileBytes: number;
}

/**
 * A JPEG (ITU-T T.81) of the segments that decoding needs. Markers are found as libjpeg finds them:
 * bytes between segments are skipped, and the photo may end anywhere after its first scan began.
 * Of the other segments only the color profile, the orientation, JFIF's density and Adobe's color
 * transform stay: without them it looks different.
 */
export function cleanJpeg(photo: Uint8Array): Cleaned {
  const cleaned = cleanWith(findScan, photo) ?? cleanWith(readScan, photo);
  if (!cleaned) throw damaged("it ends too early");
  return cleaned;
}

function cleanWith(scanReader: ScanReader, photo: Uint8Array): Cleaned | null {
  const { write, written } = writerOf(photo.length + maxAdded);
  write(photo.subarray(0, 2));
  const decoder: Decoder = {
    frame: null,
    segments: 0,
    scans: 0,
    quantization: new Set(),
    huffman: new Map(),
    restartInterval: 0,
    hasOrientation: false,
    profileBytes: 0,
  };

  for (let at = nextMarker(photo, 2); at < photo.length; at = nextMarker(photo, at)) {
    const marker = photo[at + 1] ?? 0;
    if (marker === markers.endOfImage) break;
    at += 2;
    if (++decoder.segments > maxSegments) throw damaged("it is in too many pieces");
    if (isAlone(marker)) continue;
    if (at + 2 > photo.length) break;
    const length = readerOf(photo.subarray(at, at + 2)).uint(2);
    const body = photo.subarray(at + 2, at + length);
    at += Math.max(2, length);
    if (at > photo.length) break;
    try {
      if (marker === markers.startOfScan) {
        const { scan, added } = scanOf(decoder, body);
        added.forEach(write);
        write(segment(marker, body));
        decoder.scans += 1;
        const end = scanReader(photo, at, scan, (from, until) =>
          write(photo.subarray(from, until)),
        );
        if (end === null) return null;
        if (isComplete(decoder, scan)) break;
        at = end;
      } else {
        readSegment(decoder, marker, body).forEach(write);
      }
    } catch (error) {
      // What cannot be read behind a scan is a trailer: the picture is there.
      if (!(error instanceof PhotoRefused) || decoder.scans === 0) throw error;
      break;
    }
  }
  const { frame, scans } = decoder;
  if (!frame || scans === 0) throw damaged("it holds no picture");
  write(Uint8Array.of(0xff, markers.endOfImage));
  return { width: frame.width, height: frame.height, frames: 1, parts: [written()] };
}

/** Whether nothing of the picture can follow a scan, or nothing more is read. */
const isComplete = ({ scans }: Decoder, { frame, components }: Scan): boolean =>
  scans === maxScans || (!frame.isProgressive && components.length === frame.components.length);

/** Restart markers, and one for arithmetic coding, have no length. */
const isAlone = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

/** Reads a segment. What of it is copied. */
function readSegment(decoder: Decoder, marker: number, body: Uint8Array): Uint8Array[] {
  const coding = frameMarkers.get(marker);
  if (coding) {
    if (decoder.frame) throw damaged("it holds two pictures");
    decoder.frame = { ...frameOf(body), ...coding };
  } else if (marker === markers.huffman) {
    for (const codes of readHuffman(body)) decoder.huffman.set(keyOf(codes), codes);
  } else if (marker === markers.quantization) {
    readQuantization(body).forEach((id) => decoder.quantization.add(id));
  } else if (marker === markers.arithmetic) {
    if (body.length % 2 === 1) throw damaged("a table of it is broken");
  } else if (marker === markers.restartInterval) {
    if (body.length !== 2) throw damaged("a segment of it has a wrong length");
    decoder.restartInterval = readerOf(body).uint(2);
  } else if (isApplication(marker)) {
    return applicationParts(decoder, marker, body);
  } else if (marker === markers.numberOfLines) {
    return [];
  } else {
    throw damaged(
      unsupported.has(marker)
        ? "it is a kind of JPEG that browsers do not show"
        : "it has a segment that photos do not have",
    );
  }
  return [segment(marker, body)];
}

const isApplication = (marker: number) =>
  (marker >= markers.app0 && marker <= 0xef) || marker === markers.comment;

const segment = (marker: number, body: Uint8Array): Uint8Array =>
  joined([Uint8Array.of(0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 0xff), body]);

/** Libjpeg's limits, and the colors that browsers know: gray, three, or four. */
function frameOf(body: Uint8Array) {
  const reader = readerOf(body);
  if (reader.uint(1) !== 8) throw damaged("its colors do not have 8 bits");
  const [height, width] = [reader.uint(2), reader.uint(2)];
  checkSize(width, height);
  const count = reader.uint(1);
  if (![1, 3, 4].includes(count) || reader.left !== 3 * count) {
    throw damaged("its header is broken");
  }
  const components = Array.from({ length: count }, () => {
    const [id, sampling, quantization] = [reader.uint(1), reader.uint(1), reader.uint(1)];
    const [across, down] = [sampling >> 4, sampling & 15];
    if (across < 1 || across > 4 || down < 1 || down > 4) throw damaged("its header is broken");
    return { id, across, down, quantization, nonZero: new Uint32Array(0) };
  });
  return { width, height, components };
}

/** The ids of the tables, which have to fill their segment. */
function readQuantization(body: Uint8Array): number[] {
  const reader = readerOf(body);
  const ids: number[] = [];
  while (reader.left > 0) {
    const head = reader.uint(1);
    if ((head & 15) > 3) throw damaged("a table of it is broken");
    reader.take(head >> 4 ? 128 : 64);
    ids.push(head & 15);
  }
  return ids;
}

const keyOf = ({ isAc, id }: Pick<HuffmanCodes, "isAc" | "id">) => `${isAc ? "AC" : "DC"}${id}`;

const standard = new Map(readHuffman(standardTables).map((codes) => [keyOf(codes), codes]));

/** A scan, and the tables that its camera left out because they are the standard's. */
function scanOf(decoder: Decoder, body: Uint8Array): { scan: Scan; added: Uint8Array[] } {
  const added: Uint8Array[] = [];
  const { frame, restartInterval } = decoder;
  if (!frame) throw damaged("its size is missing");
  const reader = readerOf(body);
  const count = reader.uint(1);
  if (count < 1 || count > 4 || reader.left !== 2 * count + 3) {
    throw damaged("the header of a scan is broken");
  }
  const ids = Array.from({ length: count }, () => [reader.uint(1), reader.uint(1)] as const);
  const [first, last, bits] = [reader.uint(1), reader.uint(1), reader.uint(1)];
  const isRefinement = bits >> 4 > 0;
  if (frame.isProgressive)
    checkProgression({ first, last, count, high: bits >> 4, low: bits & 15 });
  const needs = {
    dc: !frame.isArithmetic && (!frame.isProgressive || (first === 0 && !isRefinement)),
    ac: !frame.isArithmetic && (!frame.isProgressive || first > 0),
  };
  const tableOf = (isAc: boolean, id: number) => {
    if (!(isAc ? needs.ac : needs.dc)) return noTable;
    const key = keyOf({ isAc, id });
    const given = decoder.huffman.get(key);
    if (given) return huffmanTable(given);
    const codes = frame.isProgressive ? undefined : standard.get(key);
    if (!codes) throw damaged("a table of it is missing");
    decoder.huffman.set(key, codes);
    added.push(segment(markers.huffman, codes.body));
    return huffmanTable(codes);
  };
  const components = ids.map(([id, tables]) => {
    const component = frame.components.find((it) => it.id === id);
    if (!component) throw damaged("the header of a scan is broken");
    if (!decoder.quantization.has(component.quantization)) {
      throw damaged("a table of it is missing");
    }
    return { component, dc: tableOf(false, tables >> 4), ac: tableOf(true, tables & 15) };
  });
  const scan = { frame, components, first, last, isRefinement, restartInterval };
  return { scan, added };
}

const noTable = new Uint16Array(0);

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

/** What stays of an application's segment: nothing, unless the photo would look different. */
function applicationParts(decoder: Decoder, marker: number, body: Uint8Array): Uint8Array[] {
  const starts = (name: string, length: number) =>
    body.length >= length && asciiOf(body.subarray(0, name.length)) === name;
  if (marker === markers.app0 && starts("JFIF\0", 14)) {
    // Its last two bytes are the size of a small copy, which may show what was cut away.
    return [segment(marker, joined([body.subarray(0, 12), Uint8Array.of(0, 0)]))];
  }
  if (marker === markers.app1 && starts(exifName, exifName.length) && !decoder.hasOrientation) {
    const orientation = orientationOf(body.subarray(exifName.length));
    if (orientation === 1) return [];
    decoder.hasOrientation = true;
    return [segment(marker, joined([bytesOf(exifName), orientationOnly(orientation)]))];
  }
  if (marker === markers.app2 && starts(profileName, profileHeader + 4)) {
    return profileParts(decoder, body);
  }
  if (marker === markers.app14 && starts("Adobe", 12)) {
    return [segment(marker, body.subarray(0, 12))];
  }
  return [];
}

const profileName = "ICC_PROFILE\0";
/** Its name, the number of this part, and how many there are. */
const profileHeader = profileName.length + 2;

/** A part of the color profile, as long as the profile says that it is: more may be metadata. */
function profileParts(decoder: Decoder, body: Uint8Array): Uint8Array[] {
  const part = body.subarray(profileHeader);
  if (body[profileHeader - 2] === 1) decoder.profileBytes = readerOf(part).uint(4);
  const kept = part.subarray(0, decoder.profileBytes);
  decoder.profileBytes -= kept.length;
  if (kept.length === 0) return [];
  return [segment(markers.app2, body.subarray(0, profileHeader + kept.length))];
}
