import { deflateSync, inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { cleanPhoto } from "../../src/images/clean/clean-photo.ts";
import { orientationOf, tiffOf } from "../../src/images/clean/orientation.ts";
import { asciiOf, bytesOf, joined } from "../../src/images/clean/byte-reader.ts";
import { buildHeic, box, tileOffset } from "../support/build-heic.ts";
import { plainGif, plainPng } from "../support/plain-photos.ts";
import {
  buildProfile,
  exif,
  gifExtension,
  insert,
  jpegSegment,
  photos,
  pngChunk,
  containsSecret,
  secret,
  photosWithSecret,
  vp8x,
  webpChunk,
  webpOf,
} from "../support/photos.ts";

const clean = (photo: Uint8Array) => cleanPhoto(photo).bytes;
const all: [name: string, type: string, photo: Uint8Array][] = [
  ["JPEG", "image/jpeg", photos.jpeg],
  ["progressive JPEG", "image/jpeg", photos.progressive],
  ["PNG", "image/png", photos.png],
  ["WebP", "image/webp", photos.webp],
  ["lossless WebP", "image/webp", photos.lossless],
  ["animated WebP", "image/webp", photos.animatedWebp],
  ["GIF", "image/gif", photos.gif],
  ["animated GIF", "image/gif", photos.animatedGif],
];
const reasonOf = (photo: Uint8Array): unknown => {
  try {
    cleanPhoto(photo);
  } catch (error) {
    return error;
  }
  return null;
};
const content = { name: "PhotoRefused", reason: "content" };

describe("a photo without metadata", () => {
  it.each(all)("stays as it is: %s", (_, type, photo) => {
    expect(cleanPhoto(photo)).toEqual({ type, bytes: photo });
  });
});

describe("the metadata of a photo", () => {
  it.each(Object.entries(photosWithSecret))("is gone from a photo: %s", (_, photo) => {
    expect(containsSecret(photo)).toBe(true);
    const cleaned = clean(photo);
    expect(containsSecret(cleaned)).toBe(false);
    expect(clean(cleaned)).toEqual(cleaned);
  });

  it("is gone from a HEIC, and nothing in it moves", () => {
    const heic = buildHeic({ after: box("mpvd", bytesOf(secret)) });
    const { type, bytes } = cleanPhoto(heic);
    expect(type).toBe("image/heic");
    expect(containsSecret(heic)).toBe(true);
    expect(containsSecret(bytes)).toBe(false);
    expect(asciiOf(bytes)).not.toMatch(/Exif|mime|rdf|mpvd|between/);
    expect(tileOffset(bytes)).toBe(tileOffset(heic));
    expect(bytes.length).toBe(heic.length - box("mpvd", bytesOf(secret)).length);
    expect(clean(bytes)).toEqual(bytes);
  });

  it("leaves the same segments of a JPEG, with its orientation and no place", () => {
    const cleaned = clean(photosWithSecret.jpeg);
    const [app0, app1, app14, ...rest] = segmentsOf(cleaned);
    expect(app0).toEqual(jpegSegment(0xe0, "JFIF\0\x01\x02\0\0\x01\0\x01\0\0"));
    expect(app14).toEqual(jpegSegment(0xee, "Adobe\0\x64\0\0\0\0\0"));
    expect(rest).toEqual(segmentsOf(photos.jpeg));
    const tiff = (app1 ?? cleaned).subarray(10);
    expect(orientationOf(tiff)).toBe(6);
    expect(tiff).toHaveLength(26);
  });

  it("leaves the same chunks of a PNG, and a checksum for the new one", () => {
    const cleaned = clean(photosWithSecret.png);
    const at = asciiOf(cleaned).indexOf("eXIf");
    expect(orientationOf(cleaned.subarray(at + 4))).toBe(6);
    // As zlib computes it.
    expect(cleaned.subarray(at + 30, at + 34).toHex()).toBe("d6674b69");
    expect(joined([cleaned.subarray(0, at - 4), cleaned.subarray(at + 34)])).toEqual(photos.png);
  });

  it("leaves the same picture in a WebP, and only the flags of what is there", () => {
    const cleaned = clean(photosWithSecret.webp);
    expect(cleaned).toEqual(
      webpOf(
        vp8x(0x08, 16, 8),
        photos.webp.subarray(12),
        webpChunk("EXIF", cleaned.subarray(cleaned.length - 26)),
      ),
    );
    expect(orientationOf(cleaned.subarray(cleaned.length - 26))).toBe(6);
    const moving = clean(photosWithSecret.animatedWebp);
    expect(asciiOf(moving)).toContain(asciiOf(photos.animatedWebp.subarray(30)));
  });

  it("leaves a GIF's pictures, timing and loop", () => {
    expect(clean(photosWithSecret.gif)).toEqual(photos.gif);
    expect(asciiOf(clean(photos.animatedGif))).toContain("NETSCAPE2.0");
  });

  it.each(Object.entries(withProfile(buildProfile())))(
    "leaves the numbers of a color profile, and not who made it: %s",
    (_, photo) => {
      expect(containsSecret(photo) || _ === "png").toBe(true);
      const cleaned = clean(photo);
      expect(containsSecret(cleaned)).toBe(false);
      const profile = profileIn(cleaned);
      expect(profile && asciiOf(profile)).toMatch(/acsp.*wtpt.*rXYZ.*bTRC.*XYZ .*para/s);
      expect(profile?.subarray(-32)).toEqual(buildProfile().subarray(-32));
      expect(clean(cleaned)).toEqual(cleaned);
    },
  );

  it.each<[string, Uint8Array]>([
    ["text alone", bytesOf(secret)],
    ["half of one", buildProfile().subarray(0, 200)],
    ["one of inks", replaced(buildProfile(), "RGB ", "CMYK")],
    ["one of tables", replaced(buildProfile(), "rTRC", "A2B0")],
    ["words for a curve", replaced(buildProfile(), "para\0\0\0\0\0\x03", `curv\0\0\0\0SECRET`)],
    ["words for a color", replaced(buildProfile(), "XYZ \0\0\0\0", "XYZ \0\0\0\0SECRET")],
  ])("leaves no color profile that is %s", (_, profile) => {
    for (const photo of Object.values(withProfile(profile))) {
      const cleaned = clean(photo);
      expect(containsSecret(cleaned)).toBe(false);
      expect(asciiOf(cleaned)).not.toMatch(/ICC_PROFILE|iCCP|ICCP|prof/);
      expect(clean(cleaned)).toEqual(cleaned);
    }
  });

  it("is dropped from inside of an animation's frames, too", () => {
    const frame = joined([
      new Uint8Array(16),
      photos.webp.subarray(12),
      webpChunk("EXIF", bytesOf(secret)),
    ]);
    const cleaned = clean(webpOf(vp8x(2, 16, 8), webpChunk("ANMF", frame)));
    expect(containsSecret(cleaned)).toBe(false);
    expect(asciiOf(cleaned)).toContain(asciiOf(photos.webp.subarray(12)));
  });
});

describe("an orientation", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])("of %i stays", (orientation) => {
    const segment = jpegSegment(0xe1, joined([bytesOf("Exif\0\0"), exif(orientation)]));
    const cleaned = clean(insert(photos.jpeg, 2, segment));
    const at = asciiOf(cleaned).indexOf("Exif");
    // Upright is what goes without saying.
    expect(at === -1 ? 1 : orientationOf(cleaned.subarray(at + 6))).toBe(orientation);
    expect(at === -1).toBe(orientation === 1);
    expect(containsSecret(cleaned)).toBe(false);
  });

  it.each<[string, Uint8Array]>([
    ["0", exif(0)],
    ["9", exif(9)],
    ["nothing", new Uint8Array(0)],
    ["half a block", exif(6).subarray(0, 20)],
    ["a directory that is elsewhere", bytesOf("MM\0*\xff\xff\xff\xff")],
  ])("of %s is upright", (_, tiff) => {
    expect(orientationOf(tiff)).toBe(1);
    expect(
      clean(insert(photos.jpeg, 2, jpegSegment(0xe1, joined([bytesOf("Exif\0\0"), tiff])))),
    ).toEqual(photos.jpeg);
  });

  it("is read in either byte order", () => {
    const little = bytesOf("II*\0\b\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0\0\0\0\0");
    expect(orientationOf(little)).toBe(8);
    expect(orientationOf(tiffOf(joined([bytesOf("Exif\0\0"), little])))).toBe(8);
  });
});

describe("what follows the end of a photo", () => {
  const strangers = {
    "a ZIP": bytesOf("PK\x03\x04evil"),
    "a page": bytesOf("<html><script>alert(1)</script>"),
    "another photo": photos.png,
  };
  it.each(all)("is dropped: after a %s", (_name, _type, photo) => {
    for (const stranger of Object.values(strangers)) {
      expect(clean(joined([photo, stranger]))).toEqual(photo);
    }
  });

  it.each(Object.entries(strangers))("is dropped after a HEIC: %s", (_, stranger) => {
    expect(clean(joined([buildHeic(), stranger]))).toEqual(clean(buildHeic()));
  });
});

/**
 * The least bytes of a photo that has a whole picture, or of a JPEG its first blocks; all of them where its length is
 * written in front.
 */
const wholeFrom: Record<string, number> = {
  JPEG: photos.jpeg.length - 29,
  "progressive JPEG": photos.progressive.findIndex(
    (byte, at) => at > indexOf(photos.progressive, [0xff, 0xda]) && byte === 0xff,
  ),
  PNG: photos.png.length - 12,
  GIF: photos.gif.length - 2,
  "animated GIF": asciiIndex(photos.animatedGif, "\0!\xf9\x04\x05"),
};

describe("a photo that ends too early", () => {
  it.each([...all, ["HEIC", "image/heic", buildHeic()]] satisfies typeof all)(
    "is accepted from its first whole picture, scan or block on: %s",
    (name, _type, photo) => {
      for (let length = 16; length < photo.length; length++) {
        const cut = photo.subarray(0, length);
        if (length < (wholeFrom[name] ?? Infinity)) {
          expect(reasonOf(cut), `${length} bytes`).toMatchObject(content);
        } else {
          expect(clean(clean(cut)), `${length} bytes`).toEqual(clean(cut));
        }
      }
    },
  );
});

describe("a photo as phones and editors write it", () => {
  const tables = indexOf(photos.jpeg, [0xff, 0xdb]);
  const trailer = bytesOf(`\0\0\x01\x0aPanorama_Shot_Info${secret}ftypmp42\xff\x4a\xff\xe1\0\x04`);
  const gifEnd = photos.gif.length - 1;
  it.each<[string, Uint8Array, Uint8Array]>([
    ["JPEG without its end", photos.jpeg.subarray(0, -2), photos.jpeg],
    ["JPEG, trailer", joined([photos.jpeg, trailer]), photos.jpeg],
    ["JPEG, trailer, no end", joined([photos.jpeg.subarray(0, -2), trailer]), photos.jpeg],
    [
      "progressive JPEG, trailer, no end",
      joined([photos.progressive.subarray(0, -2), trailer]),
      photos.progressive,
    ],
    [
      "JPEG, bytes before its end",
      insert(photos.jpeg, photos.jpeg.length - 2, bytesOf(secret)),
      photos.jpeg,
    ],
    ["JPEG, bytes between segments", insert(photos.jpeg, 71, bytesOf(secret)), photos.jpeg],
    ["JPEG, fill bytes", insert(photos.jpeg, tables, new Uint8Array(9).fill(255)), photos.jpeg],
    [
      "JPEG, a segment that is longer than its length",
      insert(photos.jpeg, 2, joined([jpegSegment(0xe1, "Exif\0\0"), bytesOf(secret)])),
      photos.jpeg,
    ],
    [
      "JPEG, a segment without a length",
      insert(photos.jpeg, 2, joined([bytesOf("\xff\xe1\0\0"), bytesOf(secret)])),
      photos.jpeg,
    ],
    ["JPEG, a stray restart marker", insert(photos.jpeg, 2, bytesOf("\xff\xd3")), photos.jpeg],
    [
      "JPEG, a number of lines that it has already",
      insert(photos.jpeg, 2, jpegSegment(0xdc, "\0\x08")),
      photos.jpeg,
    ],
    ["JPEG, the picture repeated", manyScans(200), photos.jpeg],
    ["PNG without its end", photos.png.subarray(0, -12), photos.png],
    ["PNG, half of its end", photos.png.subarray(0, -6), photos.png],
    [
      "PNG, chunks after its end",
      insert(photos.png, photos.png.length, pngChunk("tEXt", bytesOf(secret))),
      photos.png,
    ],
    [
      "PNG, a comment with a wrong checksum",
      insert(photos.png, 33, pngChunk("tEXt", bytesOf(secret)).with(8 + secret.length, 0)),
      photos.png,
    ],
    ["GIF without its trailer", photos.gif.subarray(0, gifEnd), photos.gif],
    ["GIF, NUL before its trailer", insert(photos.gif, gifEnd, Uint8Array.of(0)), photos.gif],
    [
      "GIF, a picture without its last block",
      insert(photos.gif.subarray(0, gifEnd - 1), gifEnd - 1),
      photos.gif,
    ],
    ["WebP, bytes behind it", joined([photos.webp, bytesOf(secret)]), photos.webp],
  ])("is cleaned: %s", (_, photo, expected) => {
    expect(clean(photo)).toEqual(expected);
  });

  it.each(["mif1mif1", "msf1hevc", "heixmif1", "heimmif1", "hevcmsf1", "mp41heic"])(
    "is a HEIC when its brands are %s",
    (brands) => {
      expect(cleanPhoto(buildHeic({ brands })).type).toBe("image/heic");
    },
  );

  it("is refused when no item of a HEIC is HEVC", () => {
    expect(reasonOf(buildHeic({ brands: "mif1mif1", codec: "av01" }))).toMatchObject({
      name: "PhotoRefused",
      reason: "type",
    });
  });

  it("gets the standard's tables when its camera left them out", () => {
    const first = indexOf(photos.jpeg, [0xff, 0xc4]);
    const scan = indexOf(photos.jpeg, [0xff, 0xda]);
    const bare = joined([photos.jpeg.subarray(0, first), photos.jpeg.subarray(scan)]);
    expect(asciiOf(clean(bare))).toContain("%&'()*456789:CDEFGHIJSTUVWXYZ");
  });
});

describe("what is no photo", () => {
  it.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array(0)],
    ["one byte", Uint8Array.of(0xff)],
    ["words", bytesOf("hello, I am a photo")],
    ["an SVG", bytesOf("<svg onload=alert(1)>")],
    ["a page", bytesOf("<!doctype html>")],
    ["a PDF", bytesOf("%PDF-1.7")],
    ["a TIFF", bytesOf("MM\0*\0\0\0\b")],
    ["a BMP", bytesOf("BM\0\0\0\0\0\0\0\0")],
    ["a sound", bytesOf("RIFF\x04\0\0\0WAVE")],
    ["a film", box("ftyp", bytesOf("isom"), new Uint8Array(4), bytesOf("isommp41"))],
    ["an AVIF", box("ftyp", bytesOf("avif"), new Uint8Array(4), bytesOf("avifmif1"))],
    ["an AVIF that begins like a HEIC", buildHeic({ brands: "mif1avif" })],
  ])("is refused for its type: %s", (_, bytes) => {
    expect(reasonOf(bytes)).toMatchObject({ name: "PhotoRefused", reason: "type" });
  });
});

/** A photo whose header says that it is as large. */
const sized = {
  jpeg: (width: number, height: number) =>
    patched(photos.jpeg, indexOf(photos.jpeg, [0xff, 0xc0]) + 5, 2, height, width),
  png: plainPng,
  webp: (width: number, height: number) => webpOf(vp8x(0, width, height), photos.webp.subarray(12)),
  gif: plainGif,
  heic: (width: number, height: number) =>
    buildHeic({ width, height, gridWidth: 1, gridHeight: 1 }),
  heicGrid: (gridWidth: number, gridHeight: number) => buildHeic({ gridWidth, gridHeight }),
};

describe.each(Object.entries(sized))("a photo's size: %s", (_, photoOf) => {
  it.each([
    [8_160, 6_144],
    [10_000, 10_000],
    [1, 1],
  ])("may be %i × %i", (width, height) => {
    expect(reasonOf(photoOf(width, height))).toBeNull();
  });

  it.each([
    [10_000, 10_001],
    [65_500, 65_500],
  ])("may not be %i × %i, whatever little there is of it", (width, height) => {
    expect(reasonOf(photoOf(width, height))).toMatchObject({
      ...content,
      message: expect.stringContaining(`${width} × ${height}`),
    });
  });
});

/** A photo of each format with a color profile. */
function withProfile(profile: Uint8Array) {
  const colors = joined([bytesOf("prof"), profile]);
  return {
    jpeg: insert(
      photos.jpeg,
      2,
      jpegSegment(0xe2, joined([bytesOf("ICC_PROFILE\0\x01\x01"), profile])),
    ),
    png: insert(
      photos.png,
      33,
      pngChunk("iCCP", joined([bytesOf(`${secret}\0\0`), deflateSync(profile)])),
    ),
    webp: webpOf(vp8x(0x20, 16, 8), webpChunk("ICCP", profile), photos.webp.subarray(12)),
    heic: buildHeic({ property: box("colr", colors) }),
  };
}

/** The profile in a photo. */
function profileIn(photo: Uint8Array): Uint8Array | null {
  const text = asciiOf(photo);
  const compressed = text.indexOf("iCCPicc");
  const bytes =
    compressed === -1 ? photo : Uint8Array.from(inflateSync(photo.subarray(compressed + 9)));
  const at = asciiOf(bytes).indexOf("acsp") - 36;
  if (at < 0) return null;
  return bytes.subarray(at, at + new DataView(bytes.buffer, bytes.byteOffset).getUint32(at));
}

function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const at = asciiOf(bytes).indexOf(from);
  const changed = bytes.slice();
  changed.set(bytesOf(to), at);
  return changed;
}

describe("an animation of a PNG", () => {
  const control = pngChunk("acTL", joined([Uint8Array.of(0, 0, 0, 2), new Uint8Array(4)]));
  const frame = pngChunk("fcTL", bytesOf(`\0\0\0\0${secret.slice(0, 22)}`));
  const data = pngChunk("fdAT", bytesOf(`\0\0\0\x01${secret}`));
  const end = photos.png.length - 12;

  it("is dropped, and its picture stays", () => {
    const moving = insert(insert(photos.png, end, frame, data), 33, control, frame);
    expect(containsSecret(moving)).toBe(true);
    expect(clean(moving)).toEqual(photos.png);
  });
});

describe("what controls a picture", () => {
  const loop = gifExtension(0xff, bytesOf("NETSCAPE2.0"), Uint8Array.of(1, 0, 0));
  const anim = webpChunk("ANIM", new Uint8Array(6));
  const frames = photos.animatedWebp.subarray(30);
  it.each<[string, Uint8Array]>([
    ["a PNG's animation", insert(photos.png, 33, ...twice(pngChunk("acTL", new Uint8Array(8))))],
    ["a PNG's palette", insert(photos.png, 33, ...twice(pngChunk("PLTE", new Uint8Array(3))))],
    ["a GIF's loop", insert(photos.gif, 25, ...twice(loop))],
    ["a WebP's animation", webpOf(vp8x(2, 16, 8), anim, frames)],
    ["a WebP's canvas", webpOf(...twice(vp8x(0, 16, 8)), photos.webp.subarray(12))],
    ["a WebP's picture", webpOf(vp8x(0, 16, 8), ...twice(photos.webp.subarray(12)))],
    [
      "a WebP's profile",
      webpOf(
        vp8x(0, 16, 8),
        ...twice(webpChunk("ICCP", new Uint8Array(2))),
        photos.webp.subarray(12),
      ),
    ],
    [
      "a WebP's opacities",
      webpOf(
        vp8x(0, 16, 8),
        ...twice(webpChunk("ALPH", new Uint8Array(2))),
        photos.webp.subarray(12),
      ),
    ],
    ["a HEIC's items", buildHeic({ after: box("meta") })],
  ])("is refused when it is there twice: %s", (_, photo) => {
    expect(reasonOf(photo)).toMatchObject(content);
  });

  it("counts once, as the last before a picture of a GIF", () => {
    const timings = [7, 4].map((time) => gifExtension(0xf9, Uint8Array.of(4, time, 0, 0)));
    const before = photos.gif.subarray(0, 25);
    const picture = photos.gif.subarray(33);
    expect(clean(joined([before, ...timings, picture]))).toEqual(
      joined([before, ...timings.slice(1), picture]),
    );
  });
});

const twice = (piece: Uint8Array) => [piece, piece];

describe("a bomb", () => {
  const frames = (count: number, photo: Uint8Array) => Array.from({ length: count }, () => photo);
  const picture = photos.gif.subarray(33, photos.gif.length - 1);
  const large = sized.gif(8_000, 6_250);
  const movingGif = (count: number) => insert(large, large.length - 1, ...frames(count, picture));

  it.each<[string, Uint8Array]>([
    ["a PNG of no width", sized.png(0, 8)],
    ["a JPEG whose height comes later", sized.jpeg(16, 0)],
    ["a GIF of no height", sized.gif(16, 0)],
    ["a GIF of many large frames", movingGif(10)],
    ["a GIF with a picture far outside", patched(photos.gif, 34, -2, 65_000, 65_000)],
    [
      "a WebP whose picture is larger than its canvas",
      webpOf(vp8x(0, 16, 8), patched(photos.webp.subarray(12), 14, -2, 16_000, 16_000)),
    ],
    ["a lossless WebP of 16384 × 16384", patched(photos.lossless, 21, 2, 0xffff, 0xff0f)],
  ])("is refused: %s", (_, photo) => {
    expect(reasonOf(photo)).toMatchObject(content);
  });

  it("is not a GIF of a few large frames", () => {
    expect(reasonOf(movingGif(9))).toBeNull();
  });

  const webp = photos.animatedWebp;
  it.each<[string, number, (count: number) => Uint8Array]>([
    [
      "GIF",
      2_000,
      (count) => insert(photos.gif, photos.gif.length - 1, ...frames(count - 1, picture)),
    ],
    [
      "WebP",
      1_000,
      (count) => webpOf(webp.subarray(12, -220), ...frames(count, webp.subarray(-110))),
    ],
  ])("is a %s of over %i frames", (_, most, withFrames) => {
    expect(reasonOf(withFrames(most))).toBeNull();
    expect(reasonOf(withFrames(most + 1))).toMatchObject(content);
  });
});

function manyScans(count: number) {
  const scan = photos.jpeg.subarray(indexOf(photos.jpeg, [0xff, 0xda]), photos.jpeg.length - 2);
  return insert(photos.jpeg, photos.jpeg.length - 2, ...Array.from({ length: count }, () => scan));
}

describe("a photo that is not put together as it has to be", () => {
  it.each<[string, Uint8Array]>([
    ["two pictures in a JPEG", insert(photos.jpeg, 2, jpegSegment(0xc0, "\x08\0\x08\0\x10\0"))],
    ["a JPEG segment nobody knows", insert(photos.jpeg, 2, jpegSegment(0xf0, secret))],
    ["a JPEG without a picture", Uint8Array.of(0xff, 0xd8, 0xff, 0xd9)],
    ["a PNG without pixels", joined([photos.png.subarray(0, 33), photos.png.subarray(-12)])],
    ["a PNG without a header", joined([photos.png.subarray(0, 8), photos.png.subarray(33)])],
    ["a PNG with two headers", insert(photos.png, 33, photos.png.subarray(8, 33))],
    ["a PNG chunk that has to be known", insert(photos.png, 33, pngChunk("EVIL", bytesOf("x")))],
    ["a WebP without a picture", webpOf(vp8x(0, 16, 8))],
    ["a WebP with nothing in it", webpOf()],
    ["a WebP that starts with a note", webpOf(webpChunk("note", bytesOf(secret)))],
    [
      "a WebP frame without a picture",
      webpOf(vp8x(2, 16, 8), webpChunk("ANMF", new Uint8Array(16))),
    ],
    ["a GIF without a picture", joined([photos.gif.subarray(0, 25), Uint8Array.of(0x3b)])],
    ["a GIF block nobody knows", insert(photos.gif, 25, Uint8Array.of(0x99))],
    ["a HEIC whose tile is elsewhere", buildHeic({ shift: 1_000 })],
    ["a HEIC whose tile is in its header", buildHeic({ shift: -300 })],
    ["a HEIC made of other items", buildHeic({ method: 2 })],
    ["a HEIC whose tile is in another file", buildHeic({ source: 1 })],
    ["a HEIC whose photo is its Exif", buildHeic({ primary: 3 })],
    ["a HEIC whose photo is none", buildHeic({ primary: 9 })],
  ])("is refused: %s", (_, photo) => {
    expect(reasonOf(photo)).toMatchObject(content);
  });

  it("a GIF keeps no extension that only looks like one of its own", () => {
    const photo = insert(photos.gif, 25, gifExtension(0xf9, bytesOf(secret)));
    expect(clean(photo)).toEqual(photos.gif);
  });
});

function asciiIndex(photo: Uint8Array, text: string): number {
  return asciiOf(photo).indexOf(text);
}

function indexOf(photo: Uint8Array, bytes: readonly number[]): number {
  return photo.findIndex((_, at) => bytes.every((byte, index) => photo[at + index] === byte));
}

/** Numbers written over a photo's bytes; `width` below 0 is little-endian. */
function patched(photo: Uint8Array, at: number, width: number, ...values: number[]) {
  const bytes = photo.slice();
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) {
    const offset = at + index * Math.abs(width);
    if (width === 4) view.setUint32(offset, value);
    else view.setUint16(offset, value, width < 0);
  }
  return bytes;
}

/** The segments of a JPEG, the last with its scan. */
function segmentsOf(photo: Uint8Array): Uint8Array[] {
  const segments: Uint8Array[] = [];
  let at = 2;
  while (photo[at + 1] !== 0xda) {
    const end = at + 2 + (photo[at + 2] ?? 0) * 256 + (photo[at + 3] ?? 0);
    segments.push(photo.slice(at, end));
    at = end;
  }
  return [...segments, photo.slice(at)];
}
