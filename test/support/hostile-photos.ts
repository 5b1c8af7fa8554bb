import { deflateSync, constants } from "node:zlib";
import { bytesOf, joined, uint32 } from "../../src/images/clean/byte-reader.ts";
import { maxPhotoBytes } from "../../src/images/media-type.ts";
import { box, buildHeic } from "./build-heic.ts";
import {
  gifExtension,
  insert,
  jpegSegment,
  photos,
  pngChunk,
  vp8x,
  webpChunk,
  webpOf,
} from "./photos.ts";

/** As many as fit into a photo of a size. */
function filled(piece: Uint8Array, bytes = maxPhotoBytes - 4_096): Uint8Array {
  const pieces = new Uint8Array(bytes - (bytes % piece.length));
  for (let at = 0; at < pieces.length; at += piece.length) pieces.set(piece, at);
  return pieces;
}

/** A progressive JPEG of 50 megapixels, of one color: the header of its scans, and a scan's codes. */
function largeJpeg(scans: number, trailer: Uint8Array): Uint8Array {
  const quantization = jpegSegment(0xdb, new Uint8Array(65).fill(1, 1));
  const frame = jpegSegment(0xc2, "\x08\x18\0\x1f\xe0\x01\x01\x11\0");
  const codes = jpegSegment(0xc4, joined([Uint8Array.of(0, 1), new Uint8Array(16)]));
  const head = jpegSegment(0xda, "\x01\x01\0\0\0\0");
  // A bit a block: 1020 × 768 blocks.
  const scan = joined([head, new Uint8Array((1_020 * 768) / 8)]);
  return joined([
    bytesOf("\xff\xd8"),
    quantization,
    frame,
    codes,
    ...Array.from({ length: scans }, () => scan),
    trailer,
  ]);
}

/** A PNG of as many pixels, whose compressed rows are given. */
const pngOf = (width: number, height: number, type: number, data: Uint8Array) =>
  joined([
    photos.png.subarray(0, 8),
    pngChunk("IHDR", joined([uint32(width), uint32(height), Uint8Array.of(8, type, 0, 0, 0)])),
    pngChunk("IDAT", data),
    photos.png.subarray(-12),
  ]);

/** Rows of noise, of which deflate makes a code of a few bits a byte. */
function noise(bytes: number, values: number): Uint8Array {
  const samples = new Uint8Array(bytes);
  let state = 1;
  for (let at = 0; at < bytes; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    samples[at] = (state >>> 16) % values;
  }
  return samples;
}
const rowsOf = (width: number, height: number, values: number) => {
  const rows = noise((width + 1) * height, values);
  for (let row = 0; row < height; row++) rows[row * (width + 1)] = 0;
  return rows;
};
const literals = { strategy: constants.Z_HUFFMAN_ONLY };

/** A GIF of one picture, of as many blocks of codes. */
const gifOf = (side: number, firstBits: number, codes: Uint8Array) => {
  const blocks = new Uint8Array(Math.ceil(codes.length / 255) * 256);
  for (let at = 0, to = 0; at < codes.length; at += 255, to += 256) {
    const block = codes.subarray(at, at + 255);
    blocks[to] = block.length;
    blocks.set(block, to + 1);
  }
  const sides = Uint8Array.of(side & 255, side >> 8, side & 255, side >> 8);
  return joined([
    bytesOf("GIF89a"),
    sides,
    bytesOf("\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0"),
    sides,
    Uint8Array.of(0, firstBits),
    blocks,
    bytesOf("\0;"),
  ]);
};

/** Photos that are made to take long, or much memory, by what they are to be. Each is up to 10 MB. */
export const hostilePhotos: Record<string, () => Uint8Array> = {
  "JPEG of comments": () => insert(photos.jpeg, 2, filled(jpegSegment(0xfe, ""))),
  "JPEG of tables": () => insert(photos.jpeg, 2, filled(jpegSegment(0xdb, ""))),
  "JPEG of 100 scans of 50 megapixels, and a text": () =>
    largeJpeg(100, bytesOf("a text that is no picture")),
  "JPEG of 15 scans of 50 megapixels, and a text": () =>
    largeJpeg(15, bytesOf("a text that is no picture")),
  "JPEG of 100 scans of 50 megapixels": () => largeJpeg(100, bytesOf("\xff\xd9")),
  "JPEG of stuffed codes": () =>
    joined([photos.jpeg.subarray(0, -2), filled(bytesOf("\xff\0")), bytesOf("\xff\xd9")]),
  "PNG of empty chunks": () => insert(photos.png, 33, filled(pngChunk("IDAT", new Uint8Array(0)))),
  "PNG of one color, 64 megapixels": () =>
    pngOf(8_000, 8_000, 0, Uint8Array.from(deflateSync(new Uint8Array(8_001 * 8_000)))),
  "PNG of three bits a byte": () =>
    pngOf(4_000, 3_000, 0, Uint8Array.from(deflateSync(rowsOf(4_000, 3_000, 8), literals))),
  "PNG of one bit a byte": () =>
    pngOf(5_000, 4_000, 0, Uint8Array.from(deflateSync(rowsOf(5_000, 4_000, 2), literals))),
  "PNG of noise": () =>
    pngOf(3_200, 3_200, 0, Uint8Array.from(deflateSync(rowsOf(3_200, 3_200, 256)))),
  "PNG of small blocks": () =>
    pngOf(
      4_000,
      2_000,
      0,
      Uint8Array.from(deflateSync(rowsOf(4_000, 2_000, 256), { memLevel: 1 })),
    ),
  "GIF of timings": () => insert(photos.gif, 25, filled(gifExtension(0xf9, new Uint8Array(4)))),
  "GIF of a comment of single bytes": () =>
    insert(photos.gif, 25, bytesOf("\x21\xfe"), filled(Uint8Array.of(1, 65)), Uint8Array.of(0)),
  "GIF of short codes": () => gifOf(10_000, 2, filled(bytesOf("\x88\x10\x42\x08\x21"))),
  "GIF of long codes": () => gifOf(10_000, 8, noise(maxPhotoBytes - 50_000, 256)),
  "WebP of empty chunks": () =>
    webpOf(
      vp8x(0, 16, 8),
      photos.webp.subarray(12),
      filled(webpChunk("ALPH", new Uint8Array(0)), 6_000_000),
    ),
  "WebP of frames": () =>
    webpOf(photos.animatedWebp.subarray(12), filled(photos.animatedWebp.subarray(-110))),
  "WebP of names": () =>
    webpOf(
      vp8x(0, 16, 8),
      webpChunk("VP8 ", joined([photos.webp.subarray(20), filled(bytesOf("note\x08\0\0\0"))])),
    ),
  "WebP of names that lead nowhere": () =>
    webpOf(
      vp8x(0, 16, 8),
      webpChunk(
        "VP8 ",
        joined([photos.webp.subarray(20), filled(bytesOf("note\0\0\0\0")), bytesOf("\0\0\0\0")]),
      ),
    ),
  "HEIC of boxes": () => buildHeic({ after: filled(box("free")) }),
  "HEIC of extents": () => buildHeic({ extents: 45_000 }),
  "HEIC of extents, as many as are taken": () => buildHeic({ extents: 9_000 }),
  "HEIC of units": () => buildHeic({ tile: filled(bytesOf("\0\0\0\x02\x28\x01")) }),
  "HEIC whose items are the same bytes": () =>
    buildHeic({ tile: filled(new Uint8Array(10_000), 100_000), extents: 1_000 }),
};
