import { describe, expect, it } from "vitest";
import { joined, uint32 } from "../../src/images/clean/byte-reader.ts";
import { maxPhotoBytes } from "../../src/images/media-type.ts";
import { type Pixels, readPixels } from "../../src/images/pixels/read-pixels.ts";
import { buildHeic } from "../support/build-heic.ts";
import { damagePhoto } from "../support/damage-photo.ts";
import { plainGif, plainPng } from "../support/plain-photos.ts";
import { jpegSegment, photos, pngChunk, vp8x, webpChunk, webpOf } from "../support/photos.ts";
import { pictureOf, pixelPictures } from "../support/pixel-pictures.ts";
import { seededInteger } from "../support/seeded-random.ts";

/** The mean color of each quadrant, row by row. */
function quadrantsOf({ width, height, data }: Pixels): number[][] {
  const sums = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const quadrant = 2 * Number(y >= Math.floor(height / 2)) + Number(x >= Math.floor(width / 2));
      const sum = sums[quadrant] ?? [];
      const at = 4 * (y * width + x);
      [0, 1, 2].forEach((color) => (sum[color] = (sum[color] ?? 0) + (data[at + color] ?? 0)));
      sum[3] = (sum[3] ?? 0) + 1;
    }
  }
  return sums.map(([red = 0, green = 0, blue = 0, count = 1]) =>
    [red, green, blue].map((sum) => Math.round(sum / count)),
  );
}

/** Libjpeg's chroma differs where two quadrants meet: it is smoothed. */
const tolerance = 6;

function expectClose(actual: number[][], expected: number[][]): void {
  const differences = expected.flatMap((quadrant, index) =>
    quadrant.map((value, color) => Math.abs(value - (actual[index]?.[color] ?? Infinity))),
  );
  expect(Math.max(...differences), JSON.stringify({ actual, expected })).toBeLessThanOrEqual(
    tolerance,
  );
}

const isOpaque = ({ data }: Pixels) => data.every((value, at) => at % 4 !== 3 || value === 255);
const white = [255, 255, 255];
const gray = [128, 128, 128];

/** A JPEG whose header has another size. */
function withJpegSize(photo: Uint8Array, width: number, height: number): Uint8Array {
  const frame = photo.findIndex(
    (byte, at) => byte === 0xff && [0xc0, 0xc2].includes(photo[at + 1] ?? 0),
  );
  const size = Uint8Array.of(height >> 8, height & 255, width >> 8, width & 255);
  return joined([photo.subarray(0, frame + 5), size, photo.subarray(frame + 9)]);
}

/** A baseline JPEG that says that it is of another kind. */
function withFrame(photo: Uint8Array, marker: number): Uint8Array {
  const frame = photo.findIndex((byte, at) => byte === 0xff && photo[at + 1] === 0xc0);
  return joined([photo.subarray(0, frame + 1), Uint8Array.of(marker), photo.subarray(frame + 2)]);
}

/** A PNG whose header has another size. */
const withPngSize = (photo: Uint8Array, width: number, height: number) =>
  joined([photo.subarray(0, 16), uint32(width), uint32(height), photo.subarray(24)]);

/** A lossy WebP that says that each of its sides is as long. */
function withWebpSide(photo: Uint8Array, side: number): Uint8Array {
  const sides = Uint8Array.of(side & 255, side >> 8, side & 255, side >> 8);
  return joined([photo.subarray(0, 26), sides, photo.subarray(30)]);
}

const refused = (reason: string) => ({ name: "PixelsRefused", reason });

describe("readPixels", () => {
  it.each(pixelPictures)("reads $name with the colors of the reference", async (picture) => {
    const pixels = await readPixels(picture.bytes, 1_000);
    expect(pixels).toMatchObject({ width: picture.width, height: picture.height });
    expect(isOpaque(pixels)).toBe(true);
    expectClose(quadrantsOf(pixels), picture.quadrants);
  });

  // Of a picture of 64 × 32 pixels, no reduced one has the colors of two quadrants.
  it.each(pixelPictures.filter(({ width, height }) => width * height === 64 * 32))(
    "reads $name with the same colors when it is reduced",
    async ({ bytes, width, height, quadrants }) => {
      for (const reduction of [2, 4, 8]) {
        const pixels = await readPixels(bytes, 32 / reduction);
        expect(pixels).toMatchObject({ width: width / reduction, height: height / reduction });
        expectClose(quadrantsOf(pixels), quadrants);
      }
    },
  );

  it("averages the pixels of a PNG over squares", async () => {
    const header = pngChunk("IHDR", Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 2, 8, 0, 0, 0, 0));
    const rows = Uint8Array.of(0, 10, 20, 200, 210, 0, 30, 40, 220, 230);
    const stream = new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"));
    const data = pngChunk("IDAT", new Uint8Array(await new Response(stream).arrayBuffer()));
    const png = joined([pictureOf("PNG RGB").subarray(0, 8), header, data]);
    const { width, height, data: pixels } = await readPixels(png, 1);
    expect({ width, height }).toEqual({ width: 2, height: 1 });
    expect([...pixels]).toEqual([25, 25, 25, 255, 215, 215, 215, 255]);
  });

  it("gives a strip at most a megapixel", async () => {
    const strip = withJpegSize(pictureOf("JPEG baseline 4:2:0"), 65_535, 160);
    const { width, height, data } = await readPixels(strip, 160);
    expect(width * height).toBeLessThanOrEqual(2 ** 20);
    expect(data).toHaveLength(4 * width * height);
    const line = await readPixels(withPngSize(pictureOf("PNG gray 8 bits"), 1, 60_000), 160);
    expect(line).toMatchObject({ width: 1, height: 60_000 });
  });
});

describe("a damaged picture", () => {
  it.each(["JPEG baseline 4:4:4", "JPEG progressive 4:4:4", "JPEG RGB by ids, a scan a component"])(
    "gives what can be read, and gray for the rest: %s",
    async (name) => {
      const photo = pictureOf(name);
      const codes = photo.findLastIndex((byte, at) => byte === 0xff && photo[at + 1] === 0xda);
      const first = photo.findIndex((byte, at) => byte === 0xff && photo[at + 1] === 0xda);
      const isStreamed = codes === first;
      const cut = photo.subarray(0, isStreamed ? codes + 14 + (photo.length - codes) / 3 : codes);
      const [topLeft = [], , bottomLeft = [], bottomRight] = quadrantsOf(
        await readPixels(cut, 1_000),
      );
      expect(topLeft[0]).toBeGreaterThan(150);
      if (isStreamed) expect(bottomRight).toEqual(gray);
      else expect(bottomLeft).not.toEqual(gray);
    },
  );

  it("gives the rows of a PNG that are there, and white for the rest", async () => {
    const photo = pictureOf("PNG RGB");
    const { width, height, data } = await readPixels(photo.subarray(0, 0.8 * photo.length), 1_000);
    expect([...data.subarray(0, 3)]).not.toEqual(white);
    expect([...data.subarray(4 * width * (height - 1)).subarray(0, 3)]).toEqual(white);
  });

  it.each([
    ["a JPEG before its scan", pictureOf("JPEG baseline 4:2:0").subarray(0, 300)],
    ["a PNG before its pixels", pictureOf("PNG RGB").subarray(0, 40)],
    ["a GIF before its picture", pictureOf("GIF").subarray(0, 30)],
    ["a WebP of half its bytes", pictureOf("WebP").subarray(0, 80)],
    ["a WebP without its pixels", webpOf(vp8x(0, 16, 16))],
    ["a JPEG of no height", withJpegSize(pictureOf("JPEG baseline 4:2:0"), 16, 0)],
    ["a JPEG of arithmetic codes", withFrame(pictureOf("JPEG baseline 4:2:0"), 0xc9)],
  ])("is refused when nothing of it can be read: %s", async (_, photo) => {
    await expect(readPixels(photo, 160)).rejects.toMatchObject(refused("damaged"));
  });
});

describe("a picture that is not read", () => {
  const baseline = pictureOf("JPEG baseline 4:2:0");
  it.each([
    ["HEIC", buildHeic()],
    ["text", new TextEncoder().encode("no picture")],
    ["nothing", new Uint8Array(0)],
  ])("is refused by its type: %s", async (_, photo) => {
    await expect(readPixels(photo, 160)).rejects.toMatchObject(refused("type"));
  });

  const lossless = pictureOf("WebP lossless").subarray(20);
  it.each([
    ["a JPEG", withJpegSize(baseline, 65_535, 65_535)],
    ["a PNG of 10.4 megapixels", plainPng(4_000, 2_600)],
    ["a GIF of 8.1 megapixels", plainGif(3_000, 2_700)],
    ["a WebP of 5 megapixels", withWebpSide(photos.webp, 2_250)],
    ["a PNG of too many pixels", withPngSize(pictureOf("PNG RGB"), 60_000, 60_000)],
    ["a PNG of too many bytes", withPngSize(pictureOf("PNG RGBA 16 bits"), 5_000, 5_000)],
    ["a PNG of too long rows", withPngSize(pictureOf("PNG gray 1 bits"), 2 ** 31, 1)],
    [
      "a GIF",
      joined([
        Uint8Array.from(["G", "I", "F", "8", "9", "a"], (it) => it.charCodeAt(0)),
        new Uint8Array(4).fill(255),
      ]),
    ],
    [
      "a WebP",
      webpOf(
        webpChunk("VP8L", joined([Uint8Array.of(0x2f, 0xff, 0xff, 0xff, 7), lossless.subarray(5)])),
      ),
    ],
  ])("is refused by its size: %s", async (_, photo) => {
    await expect(readPixels(photo, 160)).rejects.toMatchObject(refused("size"));
  });
});

describe("a picture that is made to take long", () => {
  it("is read without the last of a hundred scans of many blocks", async () => {
    const photo = withJpegSize(pictureOf("JPEG progressive CMYK"), 4_000, 4_000);
    const scan = photo.findIndex((byte, at) => byte === 0xff && photo[at + 1] === 0xda);
    const next = photo.findIndex(
      (byte, at) => at > scan + 1 && byte === 0xff && photo[at + 1] === 0xc4,
    );
    /** Of the picture's average color everywhere. */
    const flat = joined([photo.subarray(scan, scan + 14), new Uint8Array(40_000)]);
    const real = photo.subarray(scan, next);
    const colorsAfter = async (scans: number) => {
      const all = Array.from({ length: scans }, () => flat);
      const { data } = await readPixels(joined([photo.subarray(0, scan), ...all, real]), 160);
      return new Set(new Uint32Array(data.buffer)).size;
    };
    expect(await colorsAfter(1)).toBeGreaterThan(1);
    expect(await colorsAfter(98)).toBe(1);
  });

  it("is not inflated beyond its last row", async () => {
    let sent = 0;
    const zeros = new ReadableStream({
      pull(controller) {
        controller.enqueue(new Uint8Array(1024 * 1024));
        if (++sent === 200) controller.close();
      },
    });
    const bomb = await new Response(
      zeros.pipeThrough(new CompressionStream("deflate")),
    ).arrayBuffer();
    const photo = pictureOf("PNG RGB");
    const png = joined([photo.subarray(0, 33), pngChunk("IDAT", new Uint8Array(bomb))]);
    const pixels = await readPixels(png, 1_000);
    expect(quadrantsOf(pixels)).toEqual(Array.from({ length: 4 }, () => [0, 0, 0]));
  });

  it("is read when it is filled up to the size of a photo", async () => {
    const photo = pictureOf("JPEG baseline 4:2:0");
    const segment = jpegSegment(0xe5, new Uint8Array(60_000));
    const count = Math.floor((maxPhotoBytes - photo.length) / segment.length);
    const large = joined([
      photo.subarray(0, 2),
      ...Array.from({ length: count }, () => segment),
      photo.subarray(2),
    ]);
    expect(await readPixels(large, 1_000)).toEqual(await readPixels(photo, 1_000));
  });
});

describe("1,500 damaged pictures", () => {
  it("are read or refused, whatever is overwritten, missing or repeated", async () => {
    const seed = 20_261_129;
    const below = seededInteger(seed);
    for (let round = 0; round < 1_500; round++) {
      const { bytes, name } = pixelPictures[round % pixelPictures.length] ?? {
        bytes: new Uint8Array(0),
        name: "",
      };
      const photo = damagePhoto(bytes, below);
      const outcome = await readPixels(photo, 16).catch((error: unknown) => error);
      const isPicture = typeof outcome === "object" && outcome !== null && "data" in outcome;
      if (isPicture) continue;
      expect(outcome, `${name}, seed ${seed}, round ${round}: ${photo.toBase64()}`).toMatchObject({
        name: "PixelsRefused",
      });
    }
  });
});
