import { checkSize, type Cleaned } from "./cleaned.ts";
import { colorProfile } from "./color-profile.ts";
import { orientationOf, orientationOnly, tiffOf } from "./orientation.ts";
import { type Budget, photoBudget } from "./photo-budget.ts";
import { damaged } from "./photo-refused.ts";
import { asciiOf, bytesOf, joined, readerOf } from "./byte-reader.ts";

export interface Chunk {
  type: string;
  body: Uint8Array;
}

export const pictures = new Set(["VP8 ", "VP8L"]);
const keptInFrame = new Set(["ALPH", ...pictures]);
const kept = new Set(["ICCP", "ANIM", "ANMF", ...keptInFrame]);
/** Bits of VP8X: transparency and animation. */
const keptFlags = 0x10 | 0x02;
const profileFlag = 0x20;
const exifFlag = 0x08;
/** An ANMF chunk's own fields, before the chunks of its picture. */
export const frameHeaderBytes = 16;
const maxFrames = 1_000;
/** Background and loops. */
const animationBytes = 6;

/** A WebP (RFC 9649) of the chunks that decoding needs; what follows its RIFF file is no part of it. */
export function cleanWebp(photo: Uint8Array, budget: Budget): Cleaned {
  const [first, ...rest] = fileChunks(photo, budget);
  if (!first) throw damaged("it holds no picture");
  if (pictures.has(first.type)) {
    checkLength(first);
    return { ...pictureSize(first), frames: 1, parts: riff([written(first)]) };
  }
  if (first.type !== "VP8X") throw damaged("it does not start with a picture");
  const size = canvasOf(first.body);
  const count = (...types: string[]) => rest.filter(({ type }) => types.includes(type)).length;
  const [frames, drawn] = [count("ANMF"), count(...pictures)];
  if (frames + drawn === 0) throw damaged("it holds no picture");
  const single = [drawn, count("VP8X") + 1, count("ANIM"), count("ICCP"), count("ALPH")];
  if (single.some((times) => times > 1) || (drawn > 0 && frames > 0)) {
    throw damaged("a chunk of it is there twice");
  }
  if (frames > maxFrames) throw damaged("it has too many frames");
  const chunks = rest.flatMap((chunk) => keptOf(chunk, budget));
  const orientation = orientationIn(rest);
  const turned = { type: "EXIF", body: orientationOnly(orientation) };
  const isTurned = orientation !== 1;
  const flags =
    ((first.body[0] ?? 0) & keptFlags) |
    (chunks.some(({ type }) => type === "ICCP") ? profileFlag : 0) |
    (isTurned ? exifFlag : 0);
  const header = joined([Uint8Array.of(flags, 0, 0, 0), first.body.subarray(4, 10)]);
  const all = [{ type: "VP8X", body: header }, ...chunks, ...(isTurned ? [turned] : [])];
  return { ...size, frames: Math.max(1, frames), parts: riff(all.map(written)) };
}

/** The chunks of a file, without what follows them. */
export function fileChunks(photo: Uint8Array, budget = photoBudget()): Chunk[] {
  const reader = readerOf(photo, "little");
  reader.take(4);
  const file = readerOf(reader.take(reader.uint(4)));
  file.take(4);
  return webpChunks(file.take(file.left), budget);
}

export function webpChunks(bytes: Uint8Array, budget = photoBudget()): Chunk[] {
  const reader = readerOf(bytes, "little", budget);
  const chunks: Chunk[] = [];
  while (reader.left > 0) {
    budget.piece();
    const type = asciiOf(reader.take(4));
    const length = reader.uint(4);
    chunks.push({ type, body: reader.take(length) });
    // The last one's padding is missing in files of some writers.
    if (length % 2 === 1 && reader.left > 0) reader.take(1);
  }
  return chunks;
}

/** A chunk as it is written: its bytes are not copied. */
const written = ({ type, body }: Chunk): Uint8Array[] => [
  chunkHead(type, body.length),
  body,
  new Uint8Array(body.length % 2),
];

function chunkHead(type: string, length: number): Uint8Array {
  const head = new Uint8Array(8);
  head.set(bytesOf(type));
  new DataView(head.buffer).setUint32(4, length, true);
  return head;
}

const bytesIn = (parts: readonly Uint8Array[]) =>
  parts.reduce((sum, { length }) => sum + length, 0);

function riff(chunks: readonly Uint8Array[][]): Uint8Array[] {
  const parts = [bytesOf("WEBP"), ...chunks.flat()];
  return [chunkHead("RIFF", bytesIn(parts)), ...parts];
}

/** A file of these chunks. */
export const webpFile = (chunks: readonly Chunk[]): Uint8Array => joined(riff(chunks.map(written)));

function keptOf(chunk: Chunk, budget: Budget): Chunk[] {
  const { type, body } = chunk;
  if (!kept.has(type)) return [];
  if (type === "ANMF") return [frameOf(chunk, budget)];
  if (type === "ANIM") return [{ type, body: body.subarray(0, animationBytes) }];
  if (type === "ICCP") {
    const profile = colorProfile(body);
    return profile ? [{ type, body: profile }] : [];
  }
  if (pictures.has(type)) pictureSize(chunk);
  checkLength(chunk);
  return [chunk];
}

/** A chunk of a wrong length may hold those behind it: the last of them ends where it does. */
function checkLength({ body }: Chunk): void {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (let at = 0; at + headBytes <= body.length; at++) {
    if (isLast(view, at) && isNamed(body, at)) throw damaged("a chunk of it has a wrong length");
  }
}

const isNamed = (body: Uint8Array, at: number) =>
  [0, 1, 2, 3].every((index) => isNameOf(body[at + index] ?? 0));

function isLast(view: DataView, at: number): boolean {
  const length = view.getUint32(at + 4, true);
  const end = at + headBytes + length + (length % 2);
  // Its padding is that of the chunk around it.
  return end === view.byteLength || end === view.byteLength + 1;
}

const headBytes = 8;
/** The names of chunks are of letters and digits, and of spaces behind them. */
const isNameOf = (char: number) =>
  char === 0x20 || (char >= 0x30 && char <= 0x39) || isLetter(char & 0xdf);
const isLetter = (char: number) => char >= 0x41 && char <= 0x5a;

function frameOf({ type, body }: Chunk, budget: Budget): Chunk {
  const reader = readerOf(body);
  const header = reader.take(frameHeaderBytes);
  const own = webpChunks(reader.take(reader.left), budget).filter((it) => keptInFrame.has(it.type));
  const drawn = own.filter((it) => pictures.has(it.type));
  if (drawn.length !== 1) throw damaged("a frame holds no picture");
  if (own.length > 2) throw damaged("a chunk of it is there twice");
  drawn.forEach(pictureSize);
  own.forEach(checkLength);
  return { type, body: joined([header, ...own.flatMap(written)]) };
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
