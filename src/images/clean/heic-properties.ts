import { blank, type Box, boxesOf, theBox } from "./boxes.ts";
import { asciiOf } from "./byte-reader.ts";
import { checkSize } from "./cleaned.ts";
import { colorProfile } from "./color-profile.ts";
import { fullBox } from "./heic-items.ts";
import { checkAssociations } from "./heic-lists.ts";
import { keepConfiguration } from "./hevc-units.ts";
import type { Budget } from "./photo-budget.ts";
import { damaged } from "./photo-refused.ts";

/**
 * Decoding, size, color and light, cropping and turning, with the most bytes that they have: a longer one holds more.
 * Descriptions and times are not there.
 */
const keptProperties = new Map([
  ...Object.entries({ hvcC: 64 * 1024, ispe: 12, pixi: 9, pasp: 8, clap: 32 }),
  ...Object.entries({ irot: 1, imir: 1, auxC: 64, lsel: 2, tols: 6, clli: 4 }),
  ...Object.entries({ mdcv: 24, cclv: 40, amve: 8 }),
]);

/**
 * Blanks the properties that are not kept.
 *
 * @returns The largest size that a picture has, and how many bytes the lengths of its units have.
 */
export function keepProperties(clean: Uint8Array, photo: Uint8Array, iprp: Box, budget: Budget) {
  const inside = boxesOf(photo, { from: iprp.body, end: iprp.end }, budget);
  for (const box of inside) {
    if (box.type !== "ipco" && box.type !== "ipma") blank(clean, box);
  }
  checkAssociations(photo, inside, budget);
  const lengths = new Set<number>();
  const container = theBox(inside, "ipco");
  const properties = boxesOf(photo, { from: container.body, end: container.end }, budget);
  for (const box of properties) {
    if (box.type === "colr") keepColors(clean, box);
    else if (!isKept(photo, box)) blank(clean, box);
    else if (box.type === "hvcC") lengths.add(keepConfiguration(bodyOf(clean, box), budget));
    else if (box.type === "auxC") clean.fill(0, photo.indexOf(0, box.body + 4), box.end);
  }
  const sizes = properties
    .filter(({ type }) => type === "ispe")
    .map((box) => {
      const { reader } = fullBox(photo, box);
      const size = { width: reader.uint(4), height: reader.uint(4) };
      checkSize(size.width, size.height);
      return size;
    });
  const [largest] = sizes.toSorted((a, b) => b.width * b.height - a.width * a.height);
  if (!largest) throw damaged("its size is missing");
  const [lengthBytes = 4, ...others] = lengths;
  if (others.length > 0) throw damaged("its pictures are of two kinds");
  return { size: largest, lengthBytes };
}

const bodyOf = (bytes: Uint8Array, { body, end }: Box) => bytes.subarray(body, end);

function isKept(photo: Uint8Array, { type, body, end }: Box): boolean {
  if (end - body > (keptProperties.get(type) ?? -1)) return false;
  // What another picture is to the photo, such as its depth, is a name (ISO/IEC 23008-12, annex B).
  return type !== "auxC" || auxiliary.test(asciiOf(photo.subarray(body + 4, end)));
}

// oxlint-disable-next-line no-control-regex
const auxiliary = /^urn:(?:mpeg:hevc:2015:auxid:\d|mpeg:mpegB:cicp:systems:auxiliary:[a-z]+)\0/;
/** Numbers of a standard, after their four characters. */
const colorNumbersBytes = 11;

/** Colors by the numbers of a standard, or by a profile of numbers alone. */
function keepColors(clean: Uint8Array, box: Box): void {
  const { body, end } = box;
  const kind = asciiOf(clean.subarray(body, body + 4));
  if (kind === "nclx" && end - body === colorNumbersBytes) return;
  const isProfile = kind === "prof" || kind === "rICC";
  const profile = isProfile ? colorProfile(clean.subarray(body + 4, end)) : null;
  if (!profile) return blank(clean, box);
  clean.fill(0, body + 4, end).set(profile, body + 4);
}
