import { asciiOf, bytesOf, joined, readerOf, uint32 } from "./byte-reader.ts";
import { PhotoRefused } from "./photo-refused.ts";

const headerBytes = 128;
const maxTags = 100;
const maxCurvePoints = 4_096;

/** Numbers of 16.16 bits as colors have them: less than 4 and more than -4. */
const isNumber = (value: number): boolean => {
  const whole = value >> 16;
  return whole >= -4 && whole < 4;
};

/** How many numbers a parametric curve of each kind has (ICC.1:2022, 10.18). */
const curveNumbers = [1, 3, 4, 5, 7];

type Check = (tag: Uint8Array, view: DataView) => number;

/** For each type of a tag, how long it is; 0 for one that is not taken. */
const lengthOf: Record<string, Check> = {
  "XYZ ": (_, view) => numbersEnd(view, 8, 3),
  sf32: (_, view) => numbersEnd(view, 8, 9),
  para: (_, view) => numbersEnd(view, 12, curveNumbers[view.getUint16(8)] ?? 0),
  curv(_, view) {
    const points = view.getUint32(8);
    if (points > maxCurvePoints) return 0;
    for (let at = 14; at < 12 + 2 * points; at += 2) {
      if (view.getUint16(at) < view.getUint16(at - 2)) return 0;
    }
    return 12 + 2 * points;
  },
};

function numbersEnd(view: DataView, from: number, count: number): number {
  const end = from + 4 * count;
  for (let at = from; at < end; at += 4) if (!isNumber(view.getInt32(at))) return 0;
  return count === 0 ? 0 : end;
}

/** The tags that colors need, of a profile of three curves and a matrix, or of gray. */
const tags = new Map(
  Object.entries({ wtpt: "XYZ ", chad: "sf32", rXYZ: "XYZ ", gXYZ: "XYZ ", bXYZ: "XYZ " }).map(
    ([tag, type]) => [tag, [type]],
  ),
);
for (const tag of ["rTRC", "gTRC", "bTRC", "kTRC"]) tags.set(tag, ["curv", "para"]);

/**
 * A color profile (ICC.1) of numbers alone: white, primaries and curves, in a header without who made it, when, and
 * for which device. Never longer than it was.
 *
 * @returns Null for one of another kind, such as of tables, which may hold anything.
 */
export function colorProfile(profile: Uint8Array): Uint8Array | null {
  try {
    const numbers = rewritten(profile);
    return numbers && numbers.length <= profile.length ? numbers : null;
  } catch (error) {
    // It ends too early, or a tag is longer than it.
    if (error instanceof PhotoRefused || error instanceof RangeError) return null;
    throw error;
  }
}

function rewritten(profile: Uint8Array): Uint8Array | null {
  const reader = readerOf(profile);
  const head = reader.take(headerBytes);
  const [space, kind] = [asciiOf(head.subarray(16, 20)), asciiOf(head.subarray(12, 16))];
  if (asciiOf(head.subarray(36, 40)) !== "acsp" || !["RGB ", "GRAY"].includes(space)) return null;
  if (asciiOf(head.subarray(20, 24)) !== "XYZ " || !["mntr", "scnr", "spac"].includes(kind)) {
    return null;
  }
  const count = reader.uint(4);
  if (count > maxTags) return null;
  const kept = new Map<string, Uint8Array>();
  for (let index = 0; index < count; index++) {
    const [name, offset, length] = [asciiOf(reader.take(4)), reader.uint(4), reader.uint(4)];
    const types = tags.get(name);
    if (!types || kept.has(name)) continue;
    const tag = numbersOf(profile.subarray(offset, offset + length), types);
    if (!tag) return null;
    kept.set(name, tag);
  }
  const needed = space === "GRAY" ? ["wtpt", "kTRC"] : ["wtpt", "rXYZ", "gXYZ", "bXYZ", "rTRC"];
  return needed.every((name) => kept.has(name)) ? profileOf(head, kept) : null;
}

/** A tag of one of these types, as long as its type is. */
function numbersOf(tag: Uint8Array, types: readonly string[]): Uint8Array | null {
  const type = asciiOf(tag.subarray(0, 4));
  const view = new DataView(tag.buffer, tag.byteOffset, tag.byteLength);
  const length = types.includes(type) ? (lengthOf[type]?.(tag, view) ?? 0) : 0;
  if (length === 0 || length > tag.length) return null;
  // Four reserved bytes, and two of a curve.
  const numbers = tag.slice(0, length).fill(0, 4, 8);
  return type === "para" ? numbers.fill(0, 10, 12) : numbers;
}

function profileOf(head: Uint8Array, kept: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const from = headerBytes + 4 + 12 * kept.size;
  const parts: Uint8Array[] = [];
  const places = new Map<string, number>();
  let end = from;
  const table = Array.from(kept, ([name, tag]) => {
    // The three curves are mostly one.
    const content = asciiOf(tag);
    const at = places.get(content) ?? end;
    if (at === end) {
      const padded = joined([tag, new Uint8Array(-tag.length & 3)]);
      parts.push(padded);
      places.set(content, at);
      end += padded.length;
    }
    return joined([bytesOf(name), uint32(at), uint32(tag.length)]);
  });
  const header = new Uint8Array(headerBytes);
  header.set(uint32(end));
  // Version, kind, colors, and the space that they are given in.
  header.set(head.subarray(8, 10), 8);
  header.set(head.subarray(12, 24), 12);
  header.set(head.subarray(36, 40), 36);
  header.set(illuminant, 68);
  return joined([header, uint32(kept.size), ...table, ...parts]);
}

/** D50, as every profile has it. */
const illuminant = Uint8Array.of(0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d);
