import { describe, expect, it } from "vitest";
import { asciiOf, joined } from "../../src/images/clean/byte-reader.ts";
import { cleanPhoto } from "../../src/images/clean/clean-photo.ts";
import { PhotoRefused } from "../../src/images/clean/photo-refused.ts";
import { buildHeic, unit, units } from "../support/build-heic.ts";
import { damagePhoto } from "../support/damage-photo.ts";
import { pixelPictures } from "../support/pixel-pictures.ts";
import { photos } from "../support/photos.ts";
import {
  everything,
  findPlanted,
  plantedHeic,
  type PlantedPhoto,
  plantedPhotos,
} from "../support/planted-photos.ts";
import { seededInteger } from "../support/seeded-random.ts";

const tiny = Object.entries(photos).map(([name, bytes]) => ({ name, bytes }));
const planted = [...[...pixelPictures, ...tiny].flatMap(plantedPhotos), plantedHeic];

/** A photo without metadata; null when it is refused. */
function cleaned(photo: Uint8Array): Uint8Array | null {
  try {
    return cleanPhoto(photo).bytes;
  } catch (error) {
    if (error instanceof PhotoRefused) return null;
    throw error;
  }
}

function plantedNamed(name: string): Uint8Array {
  const photo = planted.find((it) => it.name === name);
  if (!photo) throw new Error(`There is no photo ${name}.`);
  return photo.bytes;
}

describe("words, a phone number and a position in every place that a photo has", () => {
  it.each(planted)("are gone from what is stored: $name", ({ bytes }) => {
    expect(findPlanted(bytes)).not.toBe(-1);
    const stored = cleaned(bytes) ?? new Uint8Array(0);
    expect(stored.length).toBeGreaterThan(0);
    expect(findPlanted(stored)).toBe(-1);
    expect(cleaned(stored)).toEqual(stored);
  });

  it("are gone from 2,000 damaged photos, or the photo is refused", () => {
    const seed = 20_261_129;
    const below = seededInteger(seed);
    for (let round = 0; round < 2_000; round++) {
      const { name, bytes }: PlantedPhoto = planted[round % planted.length] ?? plantedHeic;
      const photo = damagePhoto(bytes, below);
      const stored = cleaned(photo);
      if (!stored) continue;
      const where = `${name}, seed ${seed}, round ${round}`;
      expect(findPlanted(stored), where).toBe(-1);
      expect(cleaned(stored), where).toEqual(stored);
    }
  });
});

/** Bytes in place of as many others. */
function patched(photo: Uint8Array, at: number, ...bytes: number[]): Uint8Array {
  const changed = photo.slice();
  changed.set(bytes, at);
  return changed;
}
const without = (photo: Uint8Array, from: number, end: number) =>
  joined([photo.subarray(0, from), photo.subarray(end)]);
const indexOf = (photo: Uint8Array, text: string, from = 0) => asciiOf(photo).indexOf(text, from);

/** A number of four bytes made larger by another. */
function longer(photo: Uint8Array, at: number, by: number, isLittle = false): Uint8Array {
  const changed = photo.slice();
  const view = new DataView(changed.buffer);
  view.setUint32(at, view.getUint32(at, isLittle) + by, isLittle);
  return changed;
}

describe("a photo whose damage would make metadata a part of its picture", () => {
  const gif = plantedNamed("gif");
  const movingGif = plantedNamed("animatedGif");
  const gifCodes = "\x02\x1e\x9c";
  const png = plantedNamed("png");
  const webp = plantedNamed("webp");
  const exifChunk = indexOf(webp, "EXIF");
  const jpeg = plantedNamed("jpeg, a trailer in place of its end");
  const scan = indexOf(jpeg, "\xff\xda") + 14;
  const progressive = plantedNamed("progressive");
  const secondTable = indexOf(progressive, "\xff\xc4", indexOf(progressive, "\xff\xc4") + 2);
  const heic = plantedHeic.bytes;
  const configuration = indexOf(heic, "hvcC") - 4;
  const description = indexOf(heic, "udes") - 4;
  const noted = buildHeic({
    tile: unit(units.slice, new Uint8Array(64).fill(7)),
    note: everything,
  });
  const slice = indexOf(noted, "\x28\x01\x07") + 2;
  const sizeOf = (photo: Uint8Array, at: number, isLittle = false) =>
    new DataView(photo.buffer, photo.byteOffset).getUint32(at, isLittle);

  it.each<[string, Uint8Array]>([
    ["a GIF's table of colors, longer", patched(gif, 10, (gif[10] ?? 0) | 7)],
    ["a GIF's block of codes, longer", patched(gif, indexOf(gif, gifCodes) + 1, 0x3e)],
    ["a GIF's picture, higher", patched(gif, indexOf(gif, gifCodes) - 3, 60)],
    ["a GIF's second picture, higher", patched(movingGif, indexOf(movingGif, gifCodes) - 3, 60)],
    ["a PNG's pixels, longer", longer(png, indexOf(png, "IDAT") - 4, 500)],
    [
      "a PNG's pixels, longer, and the photo cut",
      longer(png, indexOf(png, "IDAT") - 4, 100_000).subarray(0, -40),
    ],
    ["a JPEG's picture, higher", patched(jpeg, indexOf(jpeg, "\xff\xc0") + 5, 0, 60)],
    [
      "a JPEG's picture, higher, and the photo cut",
      patched(jpeg, indexOf(jpeg, "\xff\xc0") + 5, 0, 60).subarray(0, -9),
    ],
    ["a JPEG's codes, with some missing", without(jpeg, scan + 2, scan + 12)],
    [
      "a JPEG's table of codes, with some missing",
      without(progressive, secondTable + 21, secondTable + 21 + 12),
    ],
    [
      "a WebP's picture, longer",
      longer(webp, indexOf(webp, "VP8 ") + 4, 8 + sizeOf(webp, exifChunk + 4, true), true),
    ],
    [
      "a HEIC's decoder configuration, longer",
      longer(heic, configuration, 9 + sizeOf(heic, description)),
    ],
    ["a HEIC's picture, with some missing", without(noted, slice, slice + 40)],
  ])("is refused, or ends before: %s", (_, photo) => {
    expect(findPlanted(photo)).not.toBe(-1);
    const stored = cleaned(photo);
    if (stored) expect(findPlanted(stored)).toBe(-1);
  });
});
