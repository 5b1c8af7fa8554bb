import { deflateSync } from "node:zlib";
import { bytesOf, joined, uint32 } from "../../src/images/clean/byte-reader.ts";
import { pngChunk } from "./photos.ts";

const largestSide = 10_001;

/** A black PNG, of a bit a pixel. A very large one lacks its pixels. */
export function plainPng(width: number, height: number): Uint8Array {
  const rows = width > largestSide ? 0 : (1 + Math.ceil(width / 8)) * height;
  return joined([
    bytesOf("\x89PNG\r\n\x1a\n"),
    pngChunk("IHDR", joined([uint32(width), uint32(height), Uint8Array.of(1, 0, 0, 0, 0)])),
    pngChunk("IDAT", Uint8Array.from(deflateSync(new Uint8Array(rows)))),
    pngChunk("IEND", new Uint8Array(0)),
  ]);
}

const firstBits = 2;
const clear = 4;
const lastCode = 4_095;

/** A GIF of one color. Each code stands for one pixel more than the one before. */
export function plainGif(width: number, height: number): Uint8Array {
  const sides = Uint8Array.of(width & 255, width >> 8, height & 255, height >> 8);
  const head = [bytesOf("GIF89a"), sides, bytesOf("\x80\0\0\xff\xff\xff\0\0\0,\0\0\0\0"), sides];
  const codes: Uint8Array[] = [];
  for (let at = 0, all = plainCodes(width * height); at < all.length; at += 255) {
    const block = all.subarray(at, at + 255);
    codes.push(Uint8Array.of(block.length), block);
  }
  return joined([...head, Uint8Array.of(0, firstBits), ...codes, bytesOf("\0;")]);
}

function plainCodes(pixels: number): Uint8Array {
  const bytes: number[] = [];
  let [buffer, count, bits, next] = [0, 0, firstBits + 1, clear + 2];
  function write(code: number): void {
    buffer |= code << count;
    for (count += bits; count >= 8; count -= 8, buffer >>= 8) bytes.push(buffer & 255);
  }
  write(clear);
  write(0);
  for (let left = pixels - 1; left > 0;) {
    const length = Math.min(left, Math.min(next, lastCode) - clear);
    write(length === 1 ? 0 : length + clear);
    left -= length;
    if (next > lastCode) continue;
    next += 1;
    if (next === 1 << bits && next <= lastCode) bits += 1;
  }
  write(clear + 1);
  bytes.push(buffer & 255);
  return Uint8Array.from(bytes);
}
