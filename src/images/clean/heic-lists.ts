import { blank, type Box, boxesOf, theBox } from "./boxes.ts";
import { fullBox } from "./heic-items.ts";
import type { Budget } from "./photo-budget.ts";
import { damaged } from "./photo-refused.ts";
import type { Reader } from "./byte-reader.ts";

const wrongLength = () => damaged("a box of it has a wrong length");

function checkEnd({ left }: Reader): void {
  if (left > 0) throw wrongLength();
}

/** A box of a wrong length may hold others: lists of items have to be as long as they say. */
export function checkLists(photo: Uint8Array, described: readonly Box[], budget: Budget): void {
  for (const box of described) {
    if (box.type === "iref") checkReferences(photo, box, budget);
    if (box.type === "pitm") checkPrimary(photo, box);
  }
}

/** Which item is the photo. */
function checkPrimary(photo: Uint8Array, box: Box): void {
  const { reader, version } = fullBox(photo, box);
  reader.take(version === 0 ? 2 : 4);
  checkEnd(reader);
}

/** Of which items others are made. */
function checkReferences(photo: Uint8Array, box: Box, budget: Budget): void {
  const { reader, version } = fullBox(photo, box);
  const idBytes = version === 0 ? 2 : 4;
  for (const list of boxesOf(photo, { from: box.body + reader.at, end: box.end }, budget)) {
    if (list.end - list.body < idBytes + 2) throw wrongLength();
    const counted = new DataView(photo.buffer, photo.byteOffset + list.body + idBytes);
    const length = idBytes + 2 + counted.getUint16(0) * idBytes;
    if (length !== list.end - list.body) throw wrongLength();
  }
}

/** Which properties an item has. */
export function checkAssociations(photo: Uint8Array, inside: readonly Box[], budget: Budget): void {
  const { reader, version, flags } = fullBox(photo, theBox(inside, "ipma"));
  for (let items = reader.uint(4); items > 0; items--) {
    budget.piece();
    reader.take(version === 0 ? 2 : 4);
    reader.take(reader.uint(1) * ((flags & 1) === 1 ? 2 : 1));
  }
  checkEnd(reader);
}

const numberBytes = 4;

/** Leaves the groups of items that are lists of ids alone. */
export function keepGroups(clean: Uint8Array, photo: Uint8Array, box: Box, budget: Budget): void {
  for (const group of boxesOf(photo, { from: box.body, end: box.end }, budget)) {
    const { reader } = fullBox(photo, group);
    const [, items] = [reader.uint(numberBytes), reader.uint(numberBytes)];
    if (reader.left !== numberBytes * items) blank(clean, group);
  }
}
