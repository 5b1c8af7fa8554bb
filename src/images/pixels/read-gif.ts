import { readerOf, type Reader, joined } from "../clean/byte-reader.ts";
import { colorTableBytes, introducer, labels } from "../clean/gif.ts";
import { areaAverage, checkPixels, type Pixels } from "./area-average.ts";
import { readLzwValues } from "./lzw-values.ts";
import { PixelsRefused } from "./pixels-refused.ts";

/** More take too long. */
const maxPicturePixels = 8_000_000;
const white = 255;

/** Rows of an interlaced picture (GIF 89a, appendix E): the first of each pass, and how far apart they are. */
const passes = [
  { from: 0, step: 8 },
  { from: 4, step: 8 },
  { from: 2, step: 4 },
  { from: 1, step: 2 },
];

/** Reads the first picture of a GIF row by row. What is transparent, missing or beside it is white. */
export function readGif(photo: Uint8Array, least: number): Pixels {
  const reader = readerOf(photo, "little");
  reader.take(6);
  const [width, height] = [reader.uint(2), reader.uint(2)];
  const average = areaAverage(width, height, least);
  const globalColors = colorTable(reader, reader.uint(1), 2);
  const transparent = skipToPicture(reader);

  const [left, top] = [reader.uint(2), reader.uint(2)];
  const [across, down] = [reader.uint(2), reader.uint(2)];
  checkPixels(across, down);
  if (across * down > maxPicturePixels)
    throw new PixelsRefused("size", "Its picture is too large.");
  const flags = reader.uint(1);
  const localColors = colorTable(reader, flags, 0);
  const colors = (localColors.length > 0 ? localColors : globalColors).slice();
  colors.fill(white, 3 * transparent, 3 * transparent + 3);
  const firstBits = reader.uint(1);
  if (firstBits < 1 || firstBits > 8) throw new PixelsRefused("damaged", "Its codes are broken.");

  const isInterlaced = (flags & 0x40) !== 0;
  const rows = isInterlaced ? interlaced(down) : Array.from({ length: down }, (_, y) => y);
  const values = new Uint8Array(across);
  const row = new Uint8Array(3 * across);
  let done = 0;
  readLzwValues(joined(blocksOf(reader)), firstBits, values, () => {
    for (let from = 0, to = 0; from < across; from++, to += 3) {
      const color = 3 * (values[from] ?? 0);
      row[to] = colors[color] ?? 0;
      row[to + 1] = colors[color + 1] ?? 0;
      row[to + 2] = colors[color + 2] ?? 0;
    }
    average.add(row, { x: left, y: top + (rows[done] ?? 0), step: 1 });
    done += 1;
    return done < down;
  });
  if (done === 0) throw new PixelsRefused("damaged", "No row of it can be read.");
  return average.result();
}

/** A table of colors, behind so many bytes. */
function colorTable(reader: Reader, flags: number, skipped: number): Uint8Array {
  reader.take(skipped);
  return reader.take(colorTableBytes(flags));
}

/** @returns The value that is transparent; 256 for none. */
function skipToPicture(reader: Reader): number {
  let transparent = 256;
  for (;;) {
    const kind = reader.uint(1);
    if (kind === introducer.image) return transparent;
    if (kind !== introducer.extension) throw new PixelsRefused("damaged", "It has no picture.");
    const label = reader.uint(1);
    const [block] = blocksOf(reader);
    if (label === labels.graphicControl && block) {
      transparent = (block[0] ?? 0) & 1 ? (block[3] ?? 256) : 256;
    }
  }
}

/** Blocks up to the empty one, or as many as are there. */
function blocksOf(reader: Reader): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  while (reader.left > 0) {
    const length = reader.uint(1);
    if (length === 0) break;
    blocks.push(reader.take(Math.min(length, reader.left)));
  }
  return blocks;
}

const interlaced = (down: number): number[] =>
  passes.flatMap(({ from, step }) =>
    Array.from(
      { length: Math.max(0, Math.ceil((down - from) / step)) },
      (_, index) => from + index * step,
    ),
  );
