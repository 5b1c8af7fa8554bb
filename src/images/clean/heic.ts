import { blank, type Box, boxesOf, maxStores, type Range, theBox, topBoxesOf } from "./boxes.ts";
import { checkSize, type Cleaned } from "./cleaned.ts";
import { keepBrands } from "./heic-brands.ts";
import { fullBox, type Item, itemsOf, type Place, placesOf, primaryOf } from "./heic-items.ts";
import { checkLists, keepGroups } from "./heic-lists.ts";
import { keepProperties } from "./heic-properties.ts";
import { keepUnits } from "./hevc-units.ts";
import type { Budget } from "./photo-budget.ts";
import { damaged, PhotoRefused } from "./photo-refused.ts";
import { asciiOf, joined, readerOf } from "./byte-reader.ts";

/** Pictures in HEVC, a grid of them, and one with its tone map. Exif, XMP, text and JPEG are not. */
const pictures = new Set(["hvc1", "grid", "tmap"]);
const keptInFile = new Set(["ftyp", "meta", "mdat"]);
const keptInMeta = new Set("hdlr pitm iinf iloc iprp iref idat grpl".split(" "));
/** The most bytes of what is no codes. */
const maxBytes = new Map([
  ["grid", 12],
  ["tmap", 150],
]);

/**
 * A HEIC (ISO/IEC 23008-12) in which every byte that no picture of it needs is zero. Nothing moves,
 * since its items are found by their offsets; how it is turned is a property of the picture.
 */
export function cleanHeic(photo: Uint8Array, budget: Budget): Cleaned {
  const clean = photo.slice();
  const boxes = topBoxesOf(photo, budget);
  const meta = theBox(boxes, "meta");
  const described = boxesOf(
    photo,
    { from: meta.body + fullBox(photo, meta).reader.at, end: meta.end },
    budget,
  );
  const items = itemsOf(photo, theBox(described, "iinf"), budget);
  const places = placesOf(photo, theBox(described, "iloc"), budget);
  const kept = new Map(items.filter(({ type }) => pictures.has(type)).map((it) => [it.id, it]));
  checkCodec(items);
  if (!kept.has(primaryOf(photo, theBox(described, "pitm")))) throw damaged("it holds no picture");

  checkLists(photo, described, budget);
  keepBrands(clean, theBox(boxes, "ftyp"));
  for (const box of boxes) if (!keptInFile.has(box.type)) blank(clean, box);
  for (const box of described) {
    if (!keptInMeta.has(box.type)) blank(clean, box);
    else if (box.type === "grpl") keepGroups(clean, photo, box, budget);
  }
  const { size, lengthBytes } = keepProperties(clean, photo, theBox(described, "iprp"), budget);
  clean.fill(0, nameOf(theBox(described, "hdlr")), theBox(described, "hdlr").end);
  for (const item of items) forget(clean, item, kept.has(item.id));

  const stores = {
    mdat: boxes.filter(({ type }) => type === "mdat"),
    idat: described.filter(({ type }) => type === "idat"),
  };
  if (stores.mdat.length > maxStores || stores.idat.length > 1) {
    throw damaged("it is in too many pieces");
  }
  for (const { body, end } of [...stores.mdat, ...stores.idat]) clean.fill(0, body, end);
  let visited = 0;
  const visit = ({ from, end }: { from: number; end: number }) => {
    visited += end - from;
    // Items may share bytes, but not all of them with each other.
    if (visited > 3 * photo.length) throw damaged("its items overlap");
  };
  for (const place of places.filter(({ id }) => kept.has(id))) {
    const extents = extentsOf(place, stores);
    extents.forEach(visit);
    const bytes = joined(extents.map(({ from, end }) => photo.subarray(from, end)));
    const type = kept.get(place.id)?.type ?? "";
    if (bytes.length > (maxBytes.get(type) ?? Infinity)) throw damaged("an item of it is too long");
    if (type === "grid") checkGrid(bytes);
    if (type === "hvc1") keepUnits(bytes, lengthBytes, budget);
    let at = 0;
    for (const { from, end } of extents) {
      clean.set(bytes.subarray(at, at + end - from), from);
      at += end - from;
    }
  }
  // An extent of a wrong length may reach into those of metadata.
  for (const place of places.filter(({ id }) => !kept.has(id))) {
    const extents = extentsOf(place, stores, "may be empty");
    extents.forEach(visit);
    checkMetadata(photo, items.find(({ id }) => id === place.id)?.type, extents[0]);
    for (const { from, end } of extents) clean.fill(0, from, end);
  }
  const last = boxes.findLast(({ type }) => keptInFile.has(type));
  return { ...size, frames: 1, parts: [clean.subarray(0, last?.end)] };
}

/** Its items decide, whatever its brands are: those of other codecs, such as AVIF, are not taken. */
function checkCodec(items: readonly Item[]): void {
  if (items.some(({ type }) => type === "hvc1")) return;
  throw new PhotoRefused("type", "Of the photos in this container only HEIC are taken.");
}

/** A handler's name is text, after version, flags, type and reserved fields. */
const nameOf = ({ body, end }: Box) => Math.min(body + 24, end);

/** Wipes an item's name; one that does not stay gets a type that readers skip. */
function forget(clean: Uint8Array, { typeAt, end }: Item, isKept: boolean): void {
  clean.fill(0, typeAt + 4, end);
  if (!isKept) clean.set([0x66, 0x72, 0x65, 0x65], typeAt);
}

/** The last is what is left of one that was wiped. */
const headsOfExif = new Set(["MM\0*", "II*\0", "Exif", "\0\0\0\0"]);

/** Exif that does not start with its head shows that bytes are missing: its own ones have moved into a picture. */
function checkMetadata(photo: Uint8Array, type: string | undefined, extent?: Range): void {
  if (type !== "Exif" || !extent || extent.from === extent.end) return;
  const reader = readerOf(photo.subarray(extent.from, extent.end));
  reader.take(reader.uint(4));
  if (!headsOfExif.has(asciiOf(reader.take(4)))) throw misplaced();
}

const misplaced = () => damaged("an item of it is not where it should be");

type Stores = Record<Place["where"], readonly Box[]>;

/** An item's bytes, as offsets into the file. They have to be where items are: nowhere else is cleaned. */
function extentsOf(place: Place, stores: Stores, empty?: "may be empty") {
  const ranges = rangesOf(place, stores);
  const isThere = ({ from, end }: Range) => from < end || (empty !== undefined && from === end);
  if (ranges.every((range) => range.isInside && isThere(range))) return ranges;
  throw misplaced();
}

function rangesOf({ where, extents }: Place, stores: Stores) {
  const boxes = stores[where];
  const base = where === "idat" ? (boxes[0]?.body ?? 0) : 0;
  return extents.map(({ offset, length }) => {
    const [from, end] = [base + offset, base + offset + length];
    return { from, end, isInside: boxes.some((box) => from >= box.body && end <= box.end) };
  });
}

/** A grid's own size is that of the photo, whatever its tiles' are. */
function checkGrid(grid: Uint8Array): void {
  const reader = readerOf(grid);
  reader.take(1);
  const isLarge = (reader.uint(1) & 1) === 1;
  reader.take(2);
  checkSize(reader.uint(isLarge ? 4 : 2), reader.uint(isLarge ? 4 : 2));
}
