import { deflateSync } from "node:zlib";
import { asciiOf, bytesOf, joined, uint32 } from "../../src/images/clean/byte-reader.ts";
import { fileChunks, webpFile } from "../../src/images/clean/webp.ts";
import { photoTypeOf, type PhotoType } from "../../src/images/media-type.ts";
import { box, buildHeic } from "./build-heic.ts";
import { buildProfile, exif, gifExtension, jpegSegment, pngChunk, secret } from "./photos.ts";
import { secretSearch } from "./secret-search.ts";

const words = "홍길동 서울 중구 세종대로 110, 010-1234-5678";
const utf8 = new TextEncoder().encode(words);
const utf16 = joined(
  Array.from(words, (char) => Uint8Array.of(char.charCodeAt(0) & 255, char.charCodeAt(0) >> 8)),
);
const compressed = Uint8Array.from(deflateSync(utf8));
/** Degrees, minutes and seconds as Exif writes them, each a fraction. */
const position = joined(
  [37_566_500, 33_987_654, 59_123_456, 126_978_000].flatMap((value) => [
    uint32(value),
    uint32(1_000_000),
  ]),
);

/** What identifies somebody, in the encodings in which photos hold it. */
const notes = [utf8, utf16, compressed, position, position.toReversed(), bytesOf(secret)];
/** All of it. */
export const everything = joined(notes);

/** Where a part of what is planted in these photos is; -1 without one. */
export const findPlanted = secretSearch(notes);

export interface PlantedPhoto {
  name: string;
  bytes: Uint8Array;
}

const after = (text: string, bytes = everything) => joined([bytesOf(text), bytes]);
/** Exif with a position, and a thumbnail that has a comment. */
const tiff = joined([exif(6), everything, bytesOf("\xff\xd8"), jpegSegment(0xfe, everything)]);
const xmp = after('<x:xmpmeta xmlns:x="adobe:ns:meta/">');
const profile = joined([buildProfile(), everything]);
/** What a phone's maker writes behind a photo. */
const trailer = after("\0\0\x01\x0aSEFH");

const jpegMetadata = [
  jpegSegment(0xe0, after("JFIF\0\x01\x02\0\0\x01\0\x01\x04\x04")),
  jpegSegment(0xe0, after("JFXX\0\x10")),
  jpegSegment(0xe1, after("Exif\0\0", tiff)),
  jpegSegment(0xe1, after("http://ns.adobe.com/xap/1.0/\0", xmp)),
  jpegSegment(0xe2, after("ICC_PROFILE\0\x01\x01", profile)),
  jpegSegment(0xe2, after("MPF\0MM\0*\0\0\0\b")),
  jpegSegment(0xed, after("Photoshop 3.0\x008BIM\x04\x04\0\0")),
  jpegSegment(0xe5, after("Samsung")),
  ...notes.map((note) => jpegSegment(0xfe, note)),
];

function plantedJpegs(photo: Uint8Array): Record<string, Uint8Array> {
  const end = photo.at(-1) === 0xd9 ? photo.length - 2 : photo.length;
  const scans = Array.from(photo.keys()).filter(
    (at) => photo[at] === 0xff && photo[at + 1] === 0xda,
  );
  const body = joined([
    photo.subarray(0, 2),
    ...jpegMetadata,
    photo.subarray(2, scans[0]),
    ...scans.flatMap((from, index) => [
      jpegSegment(0xfe, everything),
      photo.subarray(from, scans[index + 1] ?? end),
    ]),
  ]);
  return {
    "": joined([body, photo.subarray(end), trailer, photo]),
    "bytes before its end": joined([body, everything, photo.subarray(end)]),
    "a trailer in place of its end": joined([body, trailer]),
  };
}

const pngText = [
  pngChunk("tEXt", after("Comment\0")),
  pngChunk("zTXt", after("Comment\0\0", compressed)),
  pngChunk("iTXt", after("XML:com.adobe.xmp\0\0\0\0\0", xmp)),
  pngChunk("iTXt", after("Comment\0\x01\0ko\0\0", compressed)),
  pngChunk("eXIf", tiff),
  pngChunk("tIME", position),
  pngChunk("prVt", everything),
];
const pngAnimation = [
  pngChunk("acTL", bytesOf("\0\0\0\x02\0\0\0\0")),
  pngChunk("fcTL", position.subarray(0, 26)),
];

function plantedPngs(photo: Uint8Array): Record<string, Uint8Array> {
  const ihdr = 33;
  const text = asciiOf(photo);
  const data = text.indexOf("IDAT") - 4;
  const lastData = text.lastIndexOf("IDAT");
  const end = photo.length - 12;
  const stream = photo.subarray(lastData + 4, end - 4);
  const iccp = pngChunk("iCCP", after("홍길동010-1234\0\0", Uint8Array.from(deflateSync(profile))));
  const start = joined([
    photo.subarray(0, ihdr),
    ...pngAnimation,
    iccp,
    ...pngText,
    photo.subarray(ihdr, data),
    ...pngText,
    photo.subarray(data, lastData - 4),
  ]);
  const behind = [pngChunk("fdAT", everything), ...pngText];
  return {
    "": joined([start, photo.subarray(lastData - 4, end), ...behind, photo.subarray(end), trailer]),
    "bytes behind its pixels": joined([
      start,
      pngChunk("IDAT", joined([stream, everything])),
      ...behind,
      photo.subarray(end),
    ]),
    "no end": joined([start, photo.subarray(lastData - 4, end), ...behind, trailer]),
  };
}

/** In blocks of at most 255 bytes. */
const gifBlocks = (bytes: Uint8Array) =>
  Array.from({ length: Math.ceil(bytes.length / 255) }, (_, index) =>
    bytes.subarray(255 * index, 255 * (index + 1)),
  );

const gifMetadata = [
  gifExtension(0xfe, ...gifBlocks(everything)),
  ...notes.map((note) => gifExtension(0xfe, note)),
  gifExtension(0xff, bytesOf("XMP DataXMP"), ...gifBlocks(xmp)),
  gifExtension(0xff, bytesOf("NETSCAPE2.0"), utf8),
  gifExtension(0x01, new Uint8Array(12), utf16),
  gifExtension(0x77, ...gifBlocks(everything)),
];

/** Where the blocks of a GIF are: what is before its first picture, and the ends of its pictures' codes. */
function gifPlaces(photo: Uint8Array) {
  const tableBytes = (flags = 0) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  const start = 13 + tableBytes(photo[10]);
  const ends: number[] = [];
  for (let at = start; photo[at] === 0x21 || photo[at] === 0x2c; at++) {
    const isPicture = photo[at] === 0x2c;
    at += isPicture ? 11 + tableBytes(photo[at + 9]) : 2;
    while ((photo[at] ?? 0) > 0) at += 1 + (photo[at] ?? 0);
    if (isPicture) ends.push(at);
  }
  return { start, ends };
}

function plantedGifs(photo: Uint8Array): Record<string, Uint8Array> {
  const { start, ends } = gifPlaces(photo);
  const pictures = ends.map((end, index) =>
    photo.subarray(index === 0 ? start : ends[index - 1], end),
  );
  const head = joined([photo.subarray(0, start), ...gifMetadata]);
  const last = joined([Uint8Array.of(0), ...gifMetadata]);
  const codesBehind = gifBlocks(everything).flatMap((it) => [Uint8Array.of(it.length), it]);
  return {
    "": joined([head, ...pictures, last, bytesOf(";"), trailer]),
    "bytes behind its codes": joined([
      head,
      ...pictures.flatMap((it) => [it, ...codesBehind]),
      last,
      bytesOf(";"),
    ]),
    "no end": joined([head, ...pictures, last, trailer]),
  };
}

function plantedWebps(photo: Uint8Array): Record<string, Uint8Array> {
  const chunks = fileChunks(photo);
  const [first = { type: "", body: photo }] = chunks;
  const isExtended = first.type === "VP8X";
  const flags = 0x2c | (isExtended ? (first.body[0] ?? 0) : 0);
  const sides = isExtended ? first.body.subarray(4, 10) : Uint8Array.of(63, 0, 0, 31, 0, 0);
  const pictures = chunks.filter(({ type }) => !["VP8X", "EXIF"].includes(type));
  const note = { type: "note", body: everything };
  const head = { type: "VP8X", body: joined([Uint8Array.of(flags, 0, 0, 0), sides, utf8]) };
  const metadata = [
    { type: "EXIF", body: tiff },
    { type: "XMP ", body: xmp },
    ...notes.map((body) => ({ type: "note", body })),
  ];
  const inside = pictures.map((it) =>
    it.type === "ANMF"
      ? { type: "ANMF", body: joined([it.body, webpFile([note]).subarray(12)]) }
      : it,
  );
  return {
    "": joined([
      webpFile([head, { type: "ICCP", body: profile }, note, ...inside, ...metadata]),
      trailer,
    ]),
  };
}

function plantedHeics(photo: Uint8Array): Record<string, Uint8Array> {
  // Exif is the last item of the file that is planted: its bytes are replaced, which moves nothing.
  const exifAt = asciiOf(photo).search(/MM\0\*|II\*\0/);
  if (exifAt === -1) return {};
  const from = exifAt + 8;
  const replaced = photo.slice();
  replaced.set(everything.subarray(0, photo.length - from), from);
  return { "": joined([replaced, box("mpvd", everything)]) };
}

const plant: Record<PhotoType, (photo: Uint8Array) => Record<string, Uint8Array>> = {
  "image/jpeg": plantedJpegs,
  "image/png": plantedPngs,
  "image/gif": plantedGifs,
  "image/webp": plantedWebps,
  "image/heic": plantedHeics,
};

/** A photo with words, a phone number and a position wherever its format holds some. */
export function plantedPhotos({ name, bytes }: PlantedPhoto): PlantedPhoto[] {
  const type = photoTypeOf(bytes);
  if (!type) throw new Error(`${name} is no photo.`);
  return Object.entries(plant[type](bytes)).map(([kind, planted]) => ({
    name: kind === "" ? name : `${name}, ${kind}`,
    bytes: planted,
  }));
}

/** A HEIC of every box that may hold a text. */
export const plantedHeic: PlantedPhoto = {
  name: "HEIC of a grid",
  bytes: buildHeic({ note: everything, after: box("mpvd", everything) }),
};
