import { readerOf } from "../clean/byte-reader.ts";
import { orientationOf } from "../clean/orientation.ts";
import { photoBudget } from "../clean/photo-budget.ts";
import { nextChunk } from "../clean/png-chunks.ts";
import { pngTypes } from "../clean/png-header.ts";
import { areaAverage, type Pixels } from "./area-average.ts";
import { inflated } from "./inflated.ts";
import { PixelsRefused } from "./pixels-refused.ts";
import { pngColors, type PngHeader } from "./png-colors.ts";
import { pngRows, unfilter } from "./png-rows.ts";
import { upright } from "./upright.ts";

/** More take too long. */
const maxPicturePixels = 10_000_000;
/** Inflated. */
const maxBytes = 64_000_000;

/**
 * Reads a PNG row by row, so that memory holds two rows and the result. The kept libraries (fast-png, pngjs,
 * upng-js, @jsquash/png) return the whole picture: 4 bytes a pixel and more. Rows that are missing are white.
 */
export async function readPng(photo: Uint8Array, least: number): Promise<Pixels> {
  const { header, orientation, data } = chunksOf(photo);
  const { width, height, bits } = header;
  const average = areaAverage(width, height, least);
  const longest = 1 + Math.ceil((width * bits) / 8);
  if (height * longest > maxBytes || width * height > maxPicturePixels)
    throw new PixelsRefused("size", "It has too many bytes.");
  const colors = pngColors(header);
  const rows = pngRows(header);
  let [current, above] = [new Uint8Array(longest), new Uint8Array(longest)];
  let row = rows.next().value;
  let filled = 0;
  let isEmpty = true;

  for await (const part of inflated(data)) {
    for (let at = 0; row && at < part.length;) {
      const taken = part.subarray(at, at + row.bytes - filled);
      current.set(taken, filled);
      filled += taken.length;
      at += taken.length;
      if (filled < row.bytes) continue;
      if (row.isFirst) above.fill(0);
      unfilter(current.subarray(0, filled), above, Math.max(1, bits / 8));
      average.add(colors(current.subarray(1), row.pixels), row);
      [current, above] = [above, current];
      row = rows.next().value;
      filled = 0;
      isEmpty = false;
    }
    if (!row) break;
  }
  if (isEmpty) throw new PixelsRefused("damaged", "No row of it can be read.");
  return upright(average.result(), orientation);
}

/** What decoding needs of the chunks (W3C PNG, 11). */
function chunksOf(photo: Uint8Array) {
  const budget = photoBudget();
  const reader = readerOf(photo, "big", budget);
  reader.take(8);
  const data: Uint8Array[] = [];
  const others = new Map<string, Uint8Array>();
  for (let chunk = nextChunk(reader, photo); chunk; chunk = nextChunk(reader, photo)) {
    budget.piece();
    if (chunk.type === "IEND") break;
    if (chunk.type === "IDAT") data.push(chunk.body);
    else others.set(chunk.type, chunk.body);
  }
  const fields = readerOf(others.get("IHDR") ?? nothing);
  const [width, height] = [fields.uint(4), fields.uint(4)];
  const [depth, type] = [fields.uint(1), fields.uint(1)];
  fields.take(2);
  const colors = pngTypes.get(type);
  if (!colors?.depths.includes(depth)) throw new PixelsRefused("damaged", "It has no such colors.");
  const header: PngHeader = {
    width,
    height,
    depth,
    bits: depth * colors.channels,
    type,
    isInterlaced: fields.uint(1) === 1,
    palette: others.get("PLTE") ?? nothing,
    transparent: others.get("tRNS") ?? nothing,
  };
  return { header, orientation: orientationOf(others.get("eXIf") ?? nothing), data };
}

const nothing = new Uint8Array(0);
