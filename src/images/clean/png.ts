import { deflateSync, inflateSync } from "node:zlib";
import type { Cleaned } from "./cleaned.ts";
import { colorProfile } from "./color-profile.ts";
import { zlibEnd } from "./deflate.ts";
import { orientationOf, orientationOnly } from "./orientation.ts";
import type { Budget } from "./photo-budget.ts";
import { damaged } from "./photo-refused.ts";
import { chunk, isIntact, nextChunk } from "./png-chunks.ts";
import { pngSize } from "./png-header.ts";
import { bytesOf, joined, readerOf } from "./byte-reader.ts";

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

/**
 * A PNG of the chunks that decoding needs (W3C PNG, third edition), whose checksums have to be right. It ends at IEND, or
 * where its chunks end, and its pixels have to be all there: bytes behind them go.
 */
export function cleanPng(photo: Uint8Array, budget: Budget): Cleaned {
  const reader = readerOf(photo, "big", budget);
  const head: Uint8Array[] = [reader.take(8)];
  const data: Uint8Array[] = [];
  let size: ReturnType<typeof pngSize> | undefined;
  const seen = new Set<string>();

  for (;;) {
    const next = nextChunk(reader, photo);
    if (!next || next.type === "IEND") break;
    const { type, body, whole, isWhole } = next;
    budget.piece();
    if ((type === "IHDR") === (size !== undefined)) throw damaged("its header is not at its start");
    const isDamaged = !isWhole || body.length > (kept.get(type) ?? Infinity) || !isIntact(whole);
    if (isCritical(type) && (isDamaged || !kept.has(type))) {
      // Behind the pixels it is a trailer: they are there.
      if (data.length > 0) break;
      throw damaged("a chunk of it is damaged or not known");
    }
    if (isDamaged) continue;
    if (type === "IHDR") size = pngSize(body);
    if (type === "IDAT") data.push(body);
    else if (seen.has(type)) {
      if (refusedTwice.has(type)) throw damaged("a chunk of it is there twice");
      continue;
    }
    seen.add(type);
    if (type === "iCCP") head.push(...profileChunk(body));
    else if (type === "eXIf") head.push(...orientationChunk(body));
    else if (kept.has(type) && type !== "IDAT") head.push(whole);
  }
  if (!size || data.length === 0) throw damaged("it holds no picture");
  return {
    ...size,
    frames: 1,
    parts: [...head, ...dataChunks(data, size.bytes, budget), endChunk],
  };
}

/** The chunks of the pixels, without bytes behind them. */
function dataChunks(data: readonly Uint8Array[], bytes: number, budget: Budget): Uint8Array[] {
  let left = zlibEnd(data, bytes, budget);
  if (left === null) throw damaged("its pixels are damaged or end too early");
  const chunks: Uint8Array[] = [];
  for (const body of data) {
    const taken = body.subarray(0, left);
    left -= taken.length;
    if (taken.length > 0) chunks.push(chunk("IDAT", taken));
  }
  return chunks;
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

const endChunk = chunk("IEND", new Uint8Array(0));
