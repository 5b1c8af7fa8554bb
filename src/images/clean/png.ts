import { checkSize, type Cleaned } from "./cleaned.ts";
import { orientationOf, orientationOnly } from "./orientation.ts";
import { damaged } from "./photo-refused.ts";
import { asciiOf, bytesOf, joined, type Reader, readerOf, uint32 } from "./byte-reader.ts";

/** Chunks that decoding needs, color, and animation. Text, time, Exif and whatever is not known go. */
const kept = new Set(
  [
    "IHDR PLTE IDAT IEND tRNS",
    "cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs",
    "acTL fcTL fdAT",
  ].flatMap((line) => line.split(" ")),
);

/** A PNG of the chunks that decoding needs, up to IEND (W3C PNG, third edition). */
export function cleanPng(photo: Uint8Array): Cleaned {
  const reader = readerOf(photo);
  const parts: Uint8Array[] = [reader.take(8)];
  let size: { width: number; height: number } | undefined;
  let frames = 1;
  let hasData = false;

  for (;;) {
    const { type, body, whole } = nextChunk(reader, photo);
    if ((type === "IHDR") === (size !== undefined)) throw damaged("its header is not at its start");
    if (type === "IHDR") size = sizeOf(body);
    if (type === "acTL") frames = Math.max(1, readerOf(body).uint(4));
    if (type === "fcTL") sizeOf(body.subarray(4));
    if (type === "IDAT") hasData = true;
    if (kept.has(type)) parts.push(whole);
    else if (type === "eXIf") parts.push(...turned(body));
    else if (isCritical(type)) throw damaged("it has a chunk that is not known");
    if (type !== "IEND") continue;
    if (!size || !hasData) throw damaged("it holds no picture");
    return { ...size, frames, parts };
  }
}

function nextChunk(reader: Reader, photo: Uint8Array) {
  const from = reader.at;
  const length = reader.uint(4);
  const type = asciiOf(reader.take(4));
  const body = reader.take(length);
  reader.take(4);
  return { type, body, whole: photo.subarray(from, reader.at) };
}

function sizeOf(body: Uint8Array): { width: number; height: number } {
  const reader = readerOf(body);
  const size = { width: reader.uint(4), height: reader.uint(4) };
  checkSize(size.width, size.height);
  return size;
}

const isCritical = (type: string) => /^[A-Z]/.test(type);

function turned(exif: Uint8Array): Uint8Array[] {
  const orientation = orientationOf(exif);
  return orientation === 1 ? [] : [chunk("eXIf", orientationOnly(orientation))];
}

function chunk(type: string, body: Uint8Array): Uint8Array {
  const checked = joined([bytesOf(type), body]);
  return joined([uint32(body.length), checked, uint32(crc32(checked))]);
}

/** The checksum of a chunk. Only a few bytes are ever summed here, so no table is kept. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
