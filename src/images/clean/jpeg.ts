import { checkSize, type Cleaned } from "./cleaned.ts";
import { exifName, orientationOf, orientationOnly } from "./orientation.ts";
import { damaged } from "./photo-refused.ts";
import { asciiOf, bytesOf, joined, type Reader, readerOf } from "./byte-reader.ts";

const marks = { app0: 0xe0, app1: 0xe1, app2: 0xe2, app14: 0xee, comment: 0xfe };
const endOfImage = 0xd9;
const startOfScan = 0xda;
/** Tables for decoding: Huffman, arithmetic, quantization, restart interval. */
const tables = new Set([0xc4, 0xcc, 0xdb, 0xdd]);
/** Every start of a frame, which the codes of two tables and of a reserved mark interrupt. */
const frames = new Set([
  0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf,
]);
const numberOfLines = 0xdc;
/** Progressive photos have about ten; thousands are there to keep a decoder busy. */
const maxScans = 100;

/**
 * A JPEG (ITU-T T.81) of the segments that decoding needs, up to the end of its image. Of the others
 * only the color profile, the orientation, JFIF's density and Adobe's color transform stay: without
 * them it looks different.
 */
export function cleanJpeg(photo: Uint8Array): Cleaned {
  const reader = readerOf(photo);
  const parts: Uint8Array[] = [reader.take(2)];
  let size: { width: number; height: number } | undefined;
  let scans = 0;

  for (;;) {
    const mark = nextMark(reader);
    if (mark === endOfImage) break;
    const length = reader.uint(2);
    if (length < 2) throw damaged("a segment has no length");
    const body = reader.take(length - 2);
    if (frames.has(mark)) {
      if (size) throw damaged("it holds two pictures");
      size = sizeOf(body);
      checkSize(size.width, size.height);
      parts.push(segment(mark, body));
    } else if (tables.has(mark)) {
      parts.push(segment(mark, body));
    } else if (mark === startOfScan) {
      if (!size) throw damaged("its size is missing");
      if (++scans > maxScans) throw damaged("it has too many scans");
      parts.push(segment(mark, body), reader.take(endOfScan(photo, reader.at) - reader.at));
    } else if (isApplication(mark)) {
      parts.push(...keptOf(mark, body));
    } else if (mark !== numberOfLines) {
      throw damaged("it has a segment that photos do not have");
    }
  }
  if (!size || scans === 0) throw damaged("it holds no picture");
  // What follows is no part of it: a second picture, a video, or what should not be here.
  return { ...size, frames: 1, parts: [...parts, Uint8Array.of(0xff, endOfImage)] };
}

function nextMark(reader: Reader): number {
  if (reader.uint(1) !== 0xff) throw damaged("a segment does not start where it should");
  // Any number of fill bytes may come before a mark.
  for (;;) {
    const mark = reader.uint(1);
    if (mark !== 0xff) return mark;
  }
}

const isApplication = (mark: number) => (mark >= 0xe0 && mark <= 0xef) || mark === marks.comment;

const segment = (mark: number, body: Uint8Array): Uint8Array =>
  joined([Uint8Array.of(0xff, mark, (body.length + 2) >> 8, (body.length + 2) & 0xff), body]);

function sizeOf(frame: Uint8Array): { width: number; height: number } {
  const reader = readerOf(frame);
  reader.take(1);
  const height = reader.uint(2);
  return { width: reader.uint(2), height };
}

/** What stays of an application's segment: nothing, unless the photo would look different. */
function keptOf(mark: number, body: Uint8Array): Uint8Array[] {
  const starts = (name: string, length: number) =>
    body.length >= length && asciiOf(body.subarray(0, name.length)) === name;
  if (mark === marks.app0 && starts("JFIF\0", 14)) {
    // Its last two bytes are the size of a small copy, which may show what was cut away.
    return [segment(mark, joined([body.subarray(0, 12), Uint8Array.of(0, 0)]))];
  }
  if (mark === marks.app1 && starts(exifName, exifName.length)) {
    const orientation = orientationOf(body.subarray(exifName.length));
    if (orientation === 1) return [];
    return [segment(mark, joined([bytesOf(exifName), orientationOnly(orientation)]))];
  }
  if (mark === marks.app2 && starts("ICC_PROFILE\0", 14)) return [segment(mark, body)];
  if (mark === marks.app14 && starts("Adobe", 12)) return [segment(mark, body.subarray(0, 12))];
  return [];
}

/** Where the entropy-coded data after a scan's header end: at the next mark that is no restart. */
function endOfScan(photo: Uint8Array, from: number): number {
  for (let at = photo.indexOf(0xff, from); at !== -1; at = photo.indexOf(0xff, at + 1)) {
    const next = photo[at + 1];
    if (next === undefined) break;
    const isData = next === 0 || next === 0xff || (next >= 0xd0 && next <= 0xd7);
    if (!isData) return at;
  }
  throw damaged("it ends too early");
}
