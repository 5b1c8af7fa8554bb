import { crc32 } from "node:zlib";
import { asciiOf, bytesOf, joined, type Reader, uint32 } from "./byte-reader.ts";

/** The next chunk of a PNG, or what there is of it; null at the end. */
export function nextChunk(reader: Reader, photo: Uint8Array) {
  if (reader.left < 8) return null;
  const from = reader.at;
  const length = reader.uint(4);
  const type = asciiOf(reader.take(4));
  const isWhole = length + 4 <= reader.left;
  const body = reader.take(Math.min(length, reader.left));
  reader.take(Math.min(4, reader.left));
  return { type, body, whole: photo.subarray(from, reader.at), isWhole };
}

/** Whether a chunk has the checksum of its bytes. */
export const isIntact = (whole: Uint8Array): boolean =>
  asciiOf(uint32(crc32(whole.subarray(4, -4)))) === asciiOf(whole.subarray(-4));

export function chunk(type: string, body: Uint8Array): Uint8Array {
  const checked = joined([bytesOf(type), body]);
  return joined([uint32(body.length), checked, uint32(crc32(checked))]);
}
