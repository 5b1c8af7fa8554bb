import { type Box, boxesOf } from "./boxes.ts";
import type { Budget } from "./photo-budget.ts";
import { damaged } from "./photo-refused.ts";
import { asciiOf, readerOf } from "./byte-reader.ts";

/** Something in a HEIF file: a tile, a thumbnail, a grid of tiles, Exif, or XMP. */
export interface Item {
  id: number;
  type: string;
  /** Of its four-character type. */
  typeAt: number;
  end: number;
}

/** Where an item's bytes are: in the file's `mdat` boxes, or in the `idat` box. */
export interface Place {
  id: number;
  where: "mdat" | "idat";
  extents: readonly { offset: number; length: number }[];
}

const maxItems = 2_000;

const tooMany = () => damaged("it has too many items");

/** Reads a full box's version and flags, and what follows. */
export function fullBox(file: Uint8Array, { body, end }: Box) {
  const reader = readerOf(file.subarray(body, end));
  const version = reader.uint(1);
  const flags = reader.uint(3);
  return { reader, version, flags };
}

/** The id of the item that is the photo. */
export function primaryOf(file: Uint8Array, pitm: Box): number {
  const { reader, version } = fullBox(file, pitm);
  return reader.uint(version === 0 ? 2 : 4);
}

export function itemsOf(file: Uint8Array, iinf: Box, budget: Budget): Item[] {
  const { reader, version } = fullBox(file, iinf);
  const count = reader.uint(version === 0 ? 2 : 4);
  if (count > maxItems) throw tooMany();
  const inside = { from: iinf.body + reader.at, end: iinf.end };
  const boxes = boxesOf(file, inside, budget);
  if (boxes.length > maxItems) throw tooMany();
  return boxes.map((box) => itemOf(file, box));
}

function itemOf(file: Uint8Array, box: Box): Item {
  const { reader, version } = fullBox(file, box);
  if (box.type !== "infe" || version < 2) throw damaged("it names an item in an old way");
  const id = reader.uint(version === 2 ? 2 : 4);
  if (reader.uint(2) !== 0) throw damaged("it is protected");
  const typeAt = box.body + reader.at;
  return { id, type: asciiOf(reader.take(4)), typeAt, end: box.end };
}

export function placesOf(file: Uint8Array, iloc: Box, budget: Budget): Place[] {
  const { reader, version } = fullBox(file, iloc);
  const sizes = reader.uint(2);
  const [offsetBytes, lengthBytes, baseBytes] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexBytes = version === 0 ? 0 : sizes & 15;
  const count = reader.uint(version < 2 ? 2 : 4);
  if (count > maxItems) throw tooMany();
  const places = Array.from({ length: count }, () => {
    const id = reader.uint(version < 2 ? 2 : 4);
    const method = version === 0 ? 0 : reader.uint(2) & 15;
    if (method > 1) throw damaged("an item of it is made of others");
    if (reader.uint(2) !== 0) throw damaged("an item of it is in another file");
    const base = reader.uint(baseBytes);
    const length = reader.uint(2);
    const extents = Array.from({ length }, () => {
      budget.piece();
      reader.take(indexBytes);
      const offset = base + reader.uint(offsetBytes);
      return { offset, length: reader.uint(lengthBytes) };
    });
    const where: Place["where"] = method === 0 ? "mdat" : "idat";
    return { id, where, extents };
  });
  if (reader.left > 0) throw damaged("a box of it has a wrong length");
  return places;
}
