import { describe, expect, it } from "vitest";
import { cleanPhoto } from "../../src/images/clean/clean-photo.ts";
import { PhotoRefused } from "../../src/images/clean/photo-refused.ts";
import { maxPhotoBytes } from "../../src/images/media-type.ts";
import { hostilePhotos } from "../support/hostile-photos.ts";

/** Those that cost little, and are taken. */
const taken = [
  "JPEG of 100 scans of 50 megapixels",
  "JPEG of 15 scans of 50 megapixels, and a text",
  "JPEG of stuffed codes",
  "PNG of one color, 64 megapixels",
  "PNG of three bits a byte",
  "PNG of noise",
  "WebP of names that lead nowhere",
];

function outcomeOf(photo: Uint8Array): string {
  try {
    return cleanPhoto(photo).type;
  } catch (error) {
    if (error instanceof PhotoRefused) return error.reason;
    throw error;
  }
}

// How long they take, and how much memory, is measured by `npm run fuzz:photos`.
describe("a photo that is made to take long, or much memory", () => {
  it.each(Object.entries(hostilePhotos).filter(([name]) => !taken.includes(name)))(
    "is refused: %s",
    (_, build) => {
      expect(outcomeOf(build())).toBe("content");
    },
  );

  it.each(taken)("is taken where it costs little: %s", (name) => {
    const photo = hostilePhotos[name]?.() ?? new Uint8Array(0);
    expect(photo.length).toBeLessThanOrEqual(maxPhotoBytes);
    expect(outcomeOf(photo)).toMatch(/^image/);
  });
});
