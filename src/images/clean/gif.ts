import { checkSize, type Cleaned } from "./cleaned.ts";
import { damaged } from "./photo-refused.ts";
import { asciiOf, type Reader, readerOf } from "./byte-reader.ts";

const introducer = { extension: 0x21, image: 0x2c, trailer: 0x3b };
const labels = { graphicControl: 0xf9, application: 0xff };
/** The one application whose data change what is seen: how often an animation is repeated. */
const loops = new Set(["NETSCAPE2.0", "ANIMEXTS1.0"]);

/** A GIF (89a) of its pictures, their timing and its loop, up to the trailer. */
export function cleanGif(photo: Uint8Array): Cleaned {
  const reader = readerOf(photo, "little");
  reader.take(6);
  const size = { width: reader.uint(2), height: reader.uint(2) };
  checkSize(size.width, size.height);
  const flags = reader.uint(1);
  reader.take(2);
  reader.take(colorTableBytes(flags));
  const parts = [photo.subarray(0, reader.at)];
  let frames = 0;

  for (;;) {
    const from = reader.at;
    const kind = reader.uint(1);
    if (kind === introducer.trailer) break;
    if (kind === introducer.image) {
      readPicture(reader);
      frames += 1;
      parts.push(photo.subarray(from, reader.at));
    } else if (kind === introducer.extension) {
      if (isKept(reader)) parts.push(photo.subarray(from, reader.at));
    } else {
      throw damaged("it has a block that is not known");
    }
  }
  if (frames === 0) throw damaged("it holds no picture");
  return { ...size, frames, parts: [...parts, Uint8Array.of(introducer.trailer)] };
}

const colorTableBytes = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

function readPicture(reader: Reader): void {
  const [left, top] = [reader.uint(2), reader.uint(2)];
  const [width, height] = [reader.uint(2), reader.uint(2)];
  checkSize(width, height);
  // Decoders make room for a picture that leaves the canvas.
  checkSize(left + width, top + height);
  reader.take(colorTableBytes(reader.uint(1)));
  reader.take(1);
  blocksOf(reader);
}

/** Reads an extension to its end. */
function isKept(reader: Reader): boolean {
  const label = reader.uint(1);
  const [first, second, ...others] = blocksOf(reader);
  if (label === labels.graphicControl) return first?.length === 4 && !second;
  if (label !== labels.application || !first || !second) return false;
  return loops.has(asciiOf(first)) && second.length === 3 && others.length === 0;
}

function blocksOf(reader: Reader): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (;;) {
    const length = reader.uint(1);
    if (length === 0) return blocks;
    const block = reader.take(length);
    // Only an extension's first ones are looked at; a picture has thousands.
    if (blocks.length < 3) blocks.push(block);
  }
}
