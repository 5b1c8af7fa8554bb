import { checkSize, type Cleaned } from "./cleaned.ts";
import type { Budget } from "./photo-budget.ts";
import { damaged } from "./photo-refused.ts";
import { asciiOf, type Reader, readerOf } from "./byte-reader.ts";

export const introducer = { extension: 0x21, image: 0x2c, trailer: 0x3b };
export const labels = { graphicControl: 0xf9, application: 0xff };
/** The one application whose data change what is seen: how often an animation is repeated. */
const loops = new Set(["NETSCAPE2.0", "ANIMEXTS1.0"]);

/**
 * A GIF (87a, 89a) of its pictures, their timing and its loop. It ends at the trailer, or where its blocks
 * end: the last picture may be cut short.
 */
export function cleanGif(photo: Uint8Array, budget: Budget): Cleaned {
  const reader = readerOf(photo, "little", budget);
  reader.take(6);
  const size = { width: reader.uint(2), height: reader.uint(2) };
  checkSize(size.width, size.height);
  const flags = reader.uint(1);
  reader.take(2);
  reader.take(colorTableBytes(flags));
  const parts = [photo.subarray(0, reader.at)];
  let frames = 0;
  let hasLoop = false;
  /** The timing of the next picture: the last one before it counts. */
  let timing: Uint8Array[] = [];

  for (;;) {
    const from = reader.at;
    const kind = photo[from];
    if (kind === introducer.image && hasHeader(photo, from + 1)) {
      reader.take(1);
      readHeader(reader);
      budget.piece();
      if (++frames > maxFrames) throw damaged("it has too many frames");
      parts.push(...timing);
      timing = [];
      const { end, rest, isWhole } = readBlocks(reader, photo);
      parts.push(photo.subarray(from, end));
      if (rest.length > 0) parts.push(Uint8Array.of(rest.length), rest);
      if (!isWhole) parts.push(endOfBlocks);
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
  return { ...size, frames, parts: [...parts, Uint8Array.of(introducer.trailer)] };
}

const maxFrames = 2_000;
/** Position, size and flags. */
const pictureFieldsBytes = 9;
const nothing = new Uint8Array(0);
const endOfBlocks = Uint8Array.of(0);
export const colorTableBytes = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

/** Whether a picture's own fields, its colors and its first byte are there. */
function hasHeader(photo: Uint8Array, at: number): boolean {
  const flags = photo[at + pictureFieldsBytes - 1];
  return flags !== undefined && at + pictureFieldsBytes + colorTableBytes(flags) < photo.length;
}

function readHeader(reader: Reader): void {
  const [left, top] = [reader.uint(2), reader.uint(2)];
  const [width, height] = [reader.uint(2), reader.uint(2)];
  checkSize(width, height);
  // Decoders allocate a picture that leaves the canvas.
  checkSize(left + width, top + height);
  reader.take(colorTableBytes(reader.uint(1)));
  reader.take(1);
}

/** Whether an extension changes what is seen. */
function isKept(label: number | undefined, [first, second, ...others]: Uint8Array[]): boolean {
  if (label === labels.graphicControl) return first?.length === 4 && !second;
  if (label !== labels.application || !first || !second) return false;
  return loops.has(asciiOf(first)) && second.length === 3 && others.length === 0;
}

/** Reads blocks up to the empty one, or as many as are there. `rest` is the last one when it is cut short. */
function readBlocks(reader: Reader, photo: Uint8Array) {
  const first: Uint8Array[] = [];
  for (;;) {
    const end = reader.at;
    const length = photo[end];
    if (length === undefined || length >= reader.left) {
      const rest = reader.take(reader.left).subarray(1);
      return { first, end, rest, isWhole: false };
    }
    reader.take(1);
    if (length === 0) return { first, end: reader.at, rest: nothing, isWhole: true };
    const block = reader.take(length);
    // Only an extension's first ones are looked at; a picture has thousands.
    if (first.length < 3) first.push(block);
  }
}
