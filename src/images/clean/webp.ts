import { checkSize, type Cleaned } from "./cleaned.ts";
import { orientationOf, orientationOnly, tiffOf } from "./orientation.ts";
import { damaged } from "./photo-refused.ts";
import { asciiOf, bytesOf, indexOfName, joined, readerOf } from "./byte-reader.ts";

export interface Chunk {
  type: string;
  body: Uint8Array;
}

export const pictures = new Set(["VP8 ", "VP8L"]);
const keptInFrame = new Set(["ALPH", ...pictures]);
const kept = new Set(["ICCP", "ANIM", ...keptInFrame]);
/** Bits of VP8X: a color profile, transparency, and animation. */
const keptFlags = 0x20 | 0x10 | 0x02;
const exifFlag = 0x08;
/** An ANMF chunk's own fields, before the chunks of its picture. */
export const frameHeaderBytes = 16;

/** A WebP (RFC 9649) of the chunks that decoding needs; what follows its RIFF file is no part of it. */
export function cleanWebp(photo: Uint8Array): Cleaned {
  const [first, ...rest] = fileChunks(photo);
  if (!first) throw damaged("it holds no picture");
  if (pictures.has(first.type)) {
    return { ...pictureSize(first), frames: 1, parts: [riff([withoutMetadata(first)])] };
  }
  if (first.type !== "VP8X") throw damaged("it does not start with a picture");
  const size = canvasOf(first.body);
  const frames = rest.filter(({ type }) => type === "ANMF").length;
  if (frames === 0 && !rest.some(({ type }) => pictures.has(type))) {
    throw damaged("it holds no picture");
  }
  const orientation = orientationIn(rest);
  const flags = ((first.body[0] ?? 0) & keptFlags) | (orientation === 1 ? 0 : exifFlag);
  const header = joined([Uint8Array.of(flags, 0, 0, 0), first.body.subarray(4, 10)]);
  const body = rest.flatMap(keptOf);
  const turned = { type: "EXIF", body: orientationOnly(orientation) };
  const all = [{ type: "VP8X", body: header }, ...body, ...(orientation === 1 ? [] : [turned])];
  return { ...size, frames: Math.max(1, frames), parts: [riff(all)] };
}

/** The chunks of a file, without what follows them. */
export function fileChunks(photo: Uint8Array): Chunk[] {
  const reader = readerOf(photo, "little");
  reader.take(4);
  const file = readerOf(reader.take(reader.uint(4)));
  file.take(4);
  return webpChunks(file.take(file.left));
}

export function webpChunks(bytes: Uint8Array): Chunk[] {
  const reader = readerOf(bytes, "little");
  const chunks: Chunk[] = [];
  while (reader.left > 0) {
    const type = asciiOf(reader.take(4));
    const length = reader.uint(4);
    chunks.push({ type, body: reader.take(length) });
    // The last one's padding is missing in files of some writers.
    if (length % 2 === 1 && reader.left > 0) reader.take(1);
  }
  return chunks;
}

const written = ({ type, body }: Chunk): Uint8Array => {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, body.length, true);
  return joined([bytesOf(type), length, body, new Uint8Array(body.length % 2)]);
};

export const riff = (chunks: readonly Chunk[]): Uint8Array =>
  written({ type: "RIFF", body: joined([bytesOf("WEBP"), ...chunks.map(written)]) });

function keptOf(chunk: Chunk): Chunk[] {
  if (chunk.type === "ANMF") return [frameOf(chunk)];
  if (!kept.has(chunk.type)) return [];
  if (pictures.has(chunk.type)) pictureSize(chunk);
  return [withoutMetadata(chunk)];
}

const metadata = ["EXIF", "XMP "].flatMap((name) =>
  ["II*\0", "MM\0*", "Exif", "<?xp", "<x:x"].map((start) => ({ name, start })),
);

/** A chunk of a wrong length may hold those behind it: it ends where they begin. */
function withoutMetadata({ type, body }: Chunk): Chunk {
  for (const { name, start } of metadata) {
    const at = indexOfName(body, [name]);
    if (at !== -1 && asciiOf(body.subarray(at + 8, at + 12)) === start) {
      return { type, body: body.subarray(0, at) };
    }
  }
  return { type, body };
}

function frameOf({ type, body }: Chunk): Chunk {
  const reader = readerOf(body);
  const header = reader.take(frameHeaderBytes);
  const own = webpChunks(reader.take(reader.left)).filter((it) => keptInFrame.has(it.type));
  const drawn = own.filter((it) => pictures.has(it.type));
  if (drawn.length !== 1) throw damaged("a frame holds no picture");
  drawn.forEach(pictureSize);
  return { type, body: joined([header, ...own.map(withoutMetadata).map(written)]) };
}

function canvasOf(body: Uint8Array): { width: number; height: number } {
  const reader = readerOf(body, "little");
  reader.take(4);
  const size = { width: reader.uint(3) + 1, height: reader.uint(3) + 1 };
  checkSize(size.width, size.height);
  return size;
}

/** The size in the picture's own header: a smaller canvas does not make it smaller. */
export function pictureSize({ type, body }: Chunk): { width: number; height: number } {
  const reader = readerOf(body, "little");
  const size = type === "VP8 " ? lossySize(reader.take(10)) : losslessSize(reader.take(5));
  checkSize(size.width, size.height);
  return size;
}

function lossySize(header: Uint8Array) {
  const reader = readerOf(header, "little");
  const isKeyFrame = (reader.uint(3) & 1) === 0;
  if (!isKeyFrame || asciiOf(reader.take(3)) !== "\x9d\x01\x2a") {
    throw damaged("its picture has no header");
  }
  return { width: reader.uint(2) & 0x3fff, height: reader.uint(2) & 0x3fff };
}

function losslessSize(header: Uint8Array) {
  const reader = readerOf(header, "little");
  if (reader.uint(1) !== 0x2f) throw damaged("its picture has no header");
  const bits = reader.uint(4);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

export function orientationIn(chunks: readonly Chunk[]): number {
  const exif = chunks.find(({ type }) => type === "EXIF");
  return exif ? orientationOf(tiffOf(exif.body)) : 1;
}
