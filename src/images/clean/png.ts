import { crc32, deflateSync, inflateSync } from "node:zlib";
import { checkSize, type Cleaned } from "./cleaned.ts";
import { colorProfile } from "./color-profile.ts";
import { findName } from "./find-name.ts";
import { orientationOf, orientationOnly } from "./orientation.ts";
import type { Budget } from "./photo-budget.ts";
import { damaged } from "./photo-refused.ts";
import { asciiOf, bytesOf, joined, type Reader, readerOf, uint32 } from "./byte-reader.ts";

/**
 * Chunks that decoding needs and color, with the most bytes that they have: a longer one holds others. Text, time, Exif,
 * the frames of an animation and whatever is not known go.
 */
const kept = new Map([
  ...Object.entries({ IHDR: 13, PLTE: 768, IDAT: Infinity, tRNS: 256 }),
  ...Object.entries({ cHRM: 32, gAMA: 4, iCCP: Infinity, sBIT: 4, sRGB: 1, cICP: 4, mDCV: 24 }),
  ...Object.entries({ cLLI: 8, bKGD: 6, pHYs: 9 }),
]);
/** Of other chunks that a file has once, the first counts. */
const refusedTwice = new Set(["PLTE", "acTL"]);
const metadata = ["tEXt", "zTXt", "iTXt", "eXIf", "tIME"];

/**
 * A PNG of the chunks that decoding needs (W3C PNG, third edition). It ends at IEND, or where its chunks
 * end: the pixels may be cut short.
 */
export function cleanPng(photo: Uint8Array, budget: Budget): Cleaned {
  const reader = readerOf(photo, "big", budget);
  const parts: Uint8Array[] = [reader.take(8)];
  let size: { width: number; height: number } | undefined;
  const seen = new Set<string>();
  let hasData = false;
  let isCutShort = false;

  for (;;) {
    const next = nextChunk(reader, photo);
    if (!next || next.type === "IEND") break;
    const { type, body, whole, isCut } = next;
    budget.piece();
    if ((type === "IHDR") === (size !== undefined)) throw damaged("its header is not at its start");
    if (type === "IHDR") size = sizeOf(body);
    if (body.length > (kept.get(type) ?? Infinity)) {
      if (isCritical(type)) throw damaged("a chunk of it has a wrong length");
      continue;
    }
    if (type === "IDAT") hasData = true;
    else if (seen.has(type)) {
      if (refusedTwice.has(type)) throw damaged("a chunk of it is there twice");
      continue;
    }
    seen.add(type);
    isCutShort = isCut;
    if (type === "iCCP") parts.push(...profileChunk(body));
    else if (kept.has(type)) parts.push(...withoutMetadata(whole));
    else if (type === "eXIf") parts.push(...orientationChunk(body));
    else if (isCritical(type) && hasData) break;
    else if (isCritical(type)) throw damaged("it has a chunk that is not known");
  }
  if (!size || !hasData) throw damaged("it holds no picture");
  return { ...size, frames: 1, parts: isCutShort ? parts : [...parts, endChunk] };
}

/** Null at the end. Pixels that are cut short are copied like that: browsers show those that are there. */
export function nextChunk(reader: Reader, photo: Uint8Array) {
  if (reader.left < 8) return null;
  const from = reader.at;
  const length = reader.uint(4);
  const type = asciiOf(reader.take(4));
  if (length + 4 <= reader.left) {
    const body = reader.take(length);
    reader.take(4);
    return { type, body, whole: photo.subarray(from, reader.at), isCut: false };
  }
  const body = reader.take(Math.min(length, reader.left));
  reader.take(reader.left);
  if (type !== "IDAT" || body.length === 0) return null;
  return { type, body, whole: photo.subarray(from), isCut: true };
}

/** A chunk of a wrong length may hold others: it ends at the first of them, and is no longer valid. */
function withoutMetadata(whole: Uint8Array): Uint8Array[] {
  const at = findName(whole, metadata);
  if (at === -1) return [whole];
  const [checked, sum] = [whole.subarray(4, -4), whole.subarray(-4)];
  if (asciiOf(uint32(crc32(checked))) === asciiOf(sum)) return [whole];
  const type = asciiOf(whole.subarray(4, 8));
  return isCritical(type) ? [chunk(type, whole.subarray(8, Math.max(8, at - 4)))] : [];
}

function sizeOf(body: Uint8Array): { width: number; height: number } {
  const reader = readerOf(body);
  const size = { width: reader.uint(4), height: reader.uint(4) };
  checkSize(size.width, size.height);
  return size;
}

const isCritical = (type: string) => /^[A-Z]/.test(type);

function orientationChunk(exif: Uint8Array): Uint8Array[] {
  const orientation = orientationOf(exif);
  return orientation === 1 ? [] : [chunk("eXIf", orientationOnly(orientation))];
}

const maxProfileBytes = 64 * 1024;

/** A color profile of numbers alone, under another name. */
function profileChunk(body: Uint8Array): Uint8Array[] {
  const nameEnd = body.indexOf(0);
  const compressed = body.subarray(nameEnd + 2);
  if (nameEnd === -1 || compressed.length === 0) return [];
  let profile: Uint8Array;
  try {
    profile = inflateSync(compressed, { maxOutputLength: maxProfileBytes });
  } catch (error) {
    // Zlib's, of what is damaged or too long.
    if (error instanceof Error && "code" in error) return [];
    throw error;
  }
  const numbers = colorProfile(profile);
  return numbers ? [chunk("iCCP", joined([bytesOf("icc\0\0"), deflateSync(numbers)]))] : [];
}

function chunk(type: string, body: Uint8Array): Uint8Array {
  const checked = joined([bytesOf(type), body]);
  return joined([uint32(body.length), checked, uint32(crc32(checked))]);
}

const endChunk = chunk("IEND", new Uint8Array(0));
