import { checkSize, type Cleaned } from "./cleaned.ts";
import type { Budget } from "./photo-budget.ts";
import { damaged } from "./photo-refused.ts";
import { readGifCodes } from "./gif-codes.ts";
import { asciiOf, type Reader, readerOf } from "./byte-reader.ts";

export const introducer = { extension: 0x21, image: 0x2c, trailer: 0x3b };
export const labels = { graphicControl: 0xf9, application: 0xff };
/** The one application whose data change what is seen: how often an animation is repeated. */
const loops = new Set(["NETSCAPE2.0", "ANIMEXTS1.0"]);

/**
 * A GIF (87a, 89a) of its pictures, their timing and its loop. It ends at the trailer, or where its blocks
 * end, or before a picture that is damaged or cut short: which bytes of that are pixels is not known. Colors that no
 * pixel has are black.
 */
export function cleanGif(photo: Uint8Array, budget: Budget): Cleaned {
  const reader = readerOf(photo, "little", budget);
  reader.take(6);
  const size = { width: reader.uint(2), height: reader.uint(2) };
  checkSize(size.width, size.height);
  const flags = reader.uint(1);
  reader.take(2);
  const head = photo.subarray(0, reader.at);
  const colors = reader.take(colorTableBytes(flags));
  const colorsInUse = new Uint8Array(256);
  const parts: Uint8Array[] = [];
  let frames = 0;
  let hasLoop = false;
  /** The timing of the next picture: the last one before it counts. */
  let timing: Uint8Array[] = [];

  for (;;) {
    const from = reader.at;
    const kind = photo[from];
    if (kind === introducer.image && hasHeader(photo, from + 1)) {
      budget.piece();
      if (++frames > maxFrames) throw damaged("it has too many frames");
      const picture = pictureOf(reader, photo, budget);
      if (!picture) {
        if (frames === 1) throw damaged("its pixels are damaged or end too early");
        frames -= 1;
        break;
      }
      parts.push(...timing, ...picture.parts);
      timing = [];
      if (!picture.hasColors) addTo(colorsInUse, picture.values);
    } else if (kind === introducer.extension && reader.left > 2) {
      reader.take(2);
      const { first, end, isWhole } = readBlocks(reader, photo);
      if (!isWhole || !isKept(photo[from + 1], first)) continue;
      const extension = photo.subarray(from, end);
      if (photo[from + 1] === labels.graphicControl) timing = [extension];
      else if (hasLoop) throw damaged("a block of it is there twice");
      else {
        hasLoop = true;
        parts.push(extension);
      }
    } else {
      // The trailer, or what is none of its blocks: browsers end here, too.
      break;
    }
  }
  if (frames === 0) throw damaged("it holds no picture");
  const table = usedColors(colors, colorsInUse);
  return { ...size, frames, parts: [head, table, ...parts, Uint8Array.of(introducer.trailer)] };
}

const maxFrames = 2_000;
/** Position, size and flags. */
const pictureFieldsBytes = 9;
export const colorTableBytes = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/** Whether a picture's own fields, its colors and its first byte are there. */
function hasHeader(photo: Uint8Array, at: number): boolean {
  const flags = photo[at + pictureFieldsBytes - 1];
  return flags !== undefined && at + pictureFieldsBytes + colorTableBytes(flags) < photo.length;
}

/** A picture, with its own colors or without; null when its codes are damaged. */
function pictureOf(reader: Reader, photo: Uint8Array, budget: Budget) {
  const from = reader.at;
  reader.take(1);
  const [left, top] = [reader.uint(2), reader.uint(2)];
  const [width, height] = [reader.uint(2), reader.uint(2)];
  checkSize(width, height);
  // Decoders allocate a picture that leaves the canvas.
  checkSize(left + width, top + height);
  const flags = reader.uint(1);
  const head = photo.subarray(from, reader.at);
  const colors = reader.take(colorTableBytes(flags));
  const firstBits = reader.uint(1);
  const options = { firstBits, pixels: width * height, budget };
  const codes = readGifCodes(photo, reader.at, options);
  if (!codes) return null;
  reader.take(codes.end - reader.at);
  const { values } = codes;
  const parts = [head, usedColors(colors, values), Uint8Array.of(firstBits), ...codes.parts];
  return { parts, values, hasColors: colors.length > 0 };
}

function addTo(used: Uint8Array, values: Uint8Array): void {
  for (const [value, isUsed] of values.entries()) if (isUsed) used[value] = 1;
}

/** A table may be longer than its pictures need, and so hold anything: the other colors are black. */
const usedColors = (colors: Uint8Array, used: Uint8Array): Uint8Array =>
  colors.map((value, at) => (used[Math.floor(at / 3)] ? value : 0));

/** Whether an extension changes what is seen. */
function isKept(label: number | undefined, [first, second, ...others]: Uint8Array[]): boolean {
  if (label === labels.graphicControl) return first?.length === 4 && !second;
  if (label !== labels.application || !first || !second) return false;
  return loops.has(asciiOf(first)) && second.length === 3 && others.length === 0;
}

/** Reads the blocks of an extension up to the empty one, or as many as are there. */
function readBlocks(reader: Reader, photo: Uint8Array) {
  const first: Uint8Array[] = [];
  for (;;) {
    const length = photo[reader.at];
    if (length === undefined || length >= reader.left) {
      reader.take(reader.left);
      return { first, end: reader.at, isWhole: false };
    }
    reader.take(1);
    if (length === 0) return { first, end: reader.at, isWhole: true };
    const block = reader.take(length);
    // Only the first ones are looked at; there may be thousands.
    if (first.length < 3) first.push(block);
  }
}
