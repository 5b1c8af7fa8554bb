import { crc32 } from "node:zlib";
import { bytesOf, joined, uint32 } from "../../src/images/clean/byte-reader.ts";

const base64 = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** Small real photos, 16 × 8 pixels, without metadata. */
export const photos = {
  jpeg: base64(
    "/9j/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H////6/+b9//j/2wBDASstLTw1PHZBQXb4pYyl+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj/wAARCAAIABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAdEAACAgIDAQAAAAAAAAAAAAABAgARAxIhMWJx/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABURAQEAAAAAAAAAAAAAAAAAAAAB/9oADAMBAAIRAxEAPwCKAprGFBB6xpsa+ngw9Wd9bVrrI2x58jqIiD//2Q==",
  ),
  progressive: base64(
    "/9j/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H////6/+b9//j/2wBDASstLTw1PHZBQXb4pYyl+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj4+Pj/wgARCAAIABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAH/xAAUAQEAAAAAAAAAAAAAAAAAAAAA/9oADAMBAAIQAxAAAAGA/8QAFBABAAAAAAAAAAAAAAAAAAAAEP/aAAgBAQABBQI//8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAgBAwEBPwF//8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAgBAgEBPwF//8QAFxABAAMAAAAAAAAAAAAAAAAAACGh0f/aAAgBAQAGPwKKa//EABsQAAEEAwAAAAAAAAAAAAAAAAEAESFBYYGh/9oACAEBAAE/IRFNHRy0Gz8X/9oADAMBAAIAAwAAABDz/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAgBAwEBPxB//8QAFREBAQAAAAAAAAAAAAAAAAAAAAH/2gAIAQIBAT8Qj//EABoQAQEAAwEBAAAAAAAAAAAAAAERACExYXH/2gAIAQEAAT8QAoAjyqfXTk17UlG/HM//2Q==",
  ),
  png: base64(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAICAIAAAB/FOjAAAAACXBIWXMAAAPoAAAD6AG1e1JrAAABK0lEQVQYlWNgYOcTlVHWMrSwd/MNiU7KLCiva+2ZPGvhivXb9h45fenmg+fvvv5h5hKUkFfTNbF28mQICI9LzSmuauzonzZ3yepNOw8cP3f1zuNXH3/8Z+MVkVbSNDC3c/UJjkrMyC+rbemeNJNhwfJ1W/ccPnXxxv1nb7/8ZuIUEJdT1TG2cvTwD4tNyS6qbGjvmzpn8aqNO/YfO3vl9qOXDB++/2PlEZZS1NA3s3XxDopMSM8rrWnumjhj/rK1W3YfOnnh+r2nbz7/YuTgF5NV0TayZHBw9wuNSc4qrKhv650ye9HKDdv3HT1z+dbDF++//WXhFpJUUNcztXH2CoyIT8stqW7qZJgwfd7SNZt3HTxx/trdJ68//SQUCAzooUAoEBjQQ4FQIAAA2au6wbwBl3UAAAAASUVORK5CYII=",
  ),
  webp: base64(
    "UklGRloAAABXRUJQVlA4IE4AAAAQAgCdASoQAAgAB0CWJQAB8VG2uHV7Ox1YAPqalLF3qva2LOhit3guR5hXcE7MQrYrnUEOa6vbm8szrq7pVdbVUAjeePinM0IhUJKuAAA=",
  ),
  lossless: base64("UklGRioAAABXRUJQVlA4TB4AAAAvD8ABAM1lRP8DRNo2cArma/4NHZ1P/hzEBLCscQc="),
  animatedWebp: base64(
    "UklGRgABAABXRUJQVlA4WAoAAAACAAAADwAABwAAQU5JTQYAAAD/////AABBTk1GZgAAAAAAAAAAAA8AAAcAAGQAAAJWUDggTgAAADACAJ0BKhAACAAHQJYljAAPio21w6vZ2OrAAPqalLF3qva2LOhit3guR5hXcE7MQrYrnUEOa6vbm8szrq7pVdbVUAjeePinM0IhUIagAEFOTUZmAAAAAAAAAAAADwAABwAAZAAAAFZQOCBOAAAANAIAnQEqEAAIAAAAliWMAA+KjbXDq9nY8wAA3i8jYrO40fdTN4uk8WXRMtlQXet7dSDFqXr5PLDecISNRe+5WEfAZ0wvltFMeBbh/EAA",
  ),
  gif: base64(
    "R0lGODlhEAAIAIEAAPb9A8vS2YZ7giwyOSH5BAQAAAAALAAAAAAQAAgAAAIenCcpwSGHUgsAqsXqudOqvn3NE2IMaXCZJzWsGXgFADs=",
  ),
  animatedGif: base64(
    "R0lGODlhEAAIAIEAAPb9A8vS2YZ7giwyOSH/C05FVFNDQVBFMi4wAwEAAAAh+QQECgAAACwAAAAAEAAIAAACHpwnKcEhh1ILAKrF6rnTqr59zRNiDGlwmSc1rBl4BQAh+QQFCgAEACwAAAAAEAAIAIEJAvySi4TP2dI8NS4DHigq0TFwLObiAMu9iJW2UtaA0xeV1SmO3LqpHgtTCQA7",
  ),
};
export type PhotoName = keyof typeof photos;

/** Text in metadata that a cleaned photo must not contain. */
export const secret = "SECRET-37.5665N-126.9780E";
const secretBytes = bytesOf(secret);

export const containsSecret = (photo: Uint8Array): boolean =>
  Array.from(photo, (byte) => String.fromCharCode(byte))
    .join("")
    .includes("SECRET");

/** A JPEG with unique bytes: a table that its pixels do not use. */
export const buildJpeg = (): Uint8Array<ArrayBuffer> => {
  const table = crypto.getRandomValues(new Uint8Array(64));
  return insert(photos.jpeg, 2, jpegSegment(0xdb, joined([Uint8Array.of(3), table])));
};

export function insert(
  photo: Uint8Array,
  at: number,
  ...parts: Uint8Array[]
): Uint8Array<ArrayBuffer> {
  return joined([photo.subarray(0, at), ...parts, photo.subarray(at)]);
}

const uint16 = (value: number) => Uint8Array.of(value >> 8, value & 255);
const uint32le = (value: number) => uint32(value).toReversed();

/** A TIFF block with an orientation, the camera's make and a GPS position. */
export function exif(orientation: number): Uint8Array {
  const text = 8 + 2 + 3 * 12 + 4;
  const gps = text + secret.length + 1;
  const entry = (tag: number, type: number, count: number, value: Uint8Array) =>
    joined([uint16(tag), uint16(type), uint32(count), value]);
  return joined([
    bytesOf("MM\0*\0\0\0\b"),
    uint16(3),
    entry(0x010f, 2, secret.length + 1, uint32(text)),
    entry(0x0112, 3, 1, Uint8Array.of(0, orientation, 0, 0)),
    entry(0x8825, 4, 1, uint32(gps)),
    uint32(0),
    bytesOf(`${secret}\0`),
    // GPSLatitudeRef and GPSLatitude: 37° 33' 59".
    uint16(2),
    entry(1, 2, 2, bytesOf("N\0\0\0")),
    entry(2, 5, 3, uint32(gps + 2 + 2 * 12 + 4)),
    uint32(0),
    ...[37, 33, 59].flatMap((part) => [uint32(part), uint32(1)]),
  ]);
}

export const jpegSegment = (mark: number, body: string | Uint8Array): Uint8Array => {
  const bytes = typeof body === "string" ? bytesOf(body) : body;
  return joined([Uint8Array.of(0xff, mark), uint16(bytes.length + 2), bytes]);
};

export const pngChunk = (type: string, body: Uint8Array): Uint8Array =>
  joined([uint32(body.length), bytesOf(type), body, uint32(crc32(joined([bytesOf(type), body])))]);

export const webpChunk = (type: string, body: Uint8Array): Uint8Array =>
  joined([bytesOf(type), uint32le(body.length), body, new Uint8Array(body.length % 2)]);

export const webpOf = (...chunks: Uint8Array[]): Uint8Array<ArrayBuffer> =>
  joined([webpChunk("RIFF", joined([bytesOf("WEBP"), ...chunks]))]);

export const vp8x = (flags: number, width: number, height: number): Uint8Array =>
  webpChunk(
    "VP8X",
    joined([
      Uint8Array.of(flags, 0, 0, 0),
      uint32le(width - 1).subarray(0, 3),
      uint32le(height - 1).subarray(0, 3),
    ]),
  );

export const gifExtension = (label: number, ...blocks: Uint8Array[]): Uint8Array =>
  joined([
    Uint8Array.of(0x21, label),
    ...blocks.flatMap((block) => [Uint8Array.of(block.length), block]),
    Uint8Array.of(0),
  ]);

const named = (name: string) => joined([bytesOf(name), secretBytes]);
const jpegExif = (orientation: number) =>
  jpegSegment(0xe1, joined([bytesOf("Exif\0\0"), exif(orientation)]));

const number = (value: number) => uint32(Math.round(value * 65_536) >>> 0);
const numbers = (...values: number[]) => joined([bytesOf("XYZ \0\0\0\0"), ...values.map(number)]);

/** A color profile of Display P3, as phones write it, with who made it. */
export function buildProfile(maker = secret): Uint8Array<ArrayBuffer> {
  const curve = joined([
    bytesOf("para\0\0\0\0\0\x03\0\0"),
    ...[2.4, 0.948, 0.052, 0.077, 0.04].map(number),
  ]);
  const description = bytesOf(`desc\0\0\0\0${maker}`);
  const tags: [string, Uint8Array][] = [
    ["desc", joined([description, new Uint8Array(-description.length & 3)])],
    ["wtpt", numbers(0.9642, 1, 0.8249)],
    ["rXYZ", numbers(0.5151, 0.2412, -0.0011)],
    ["gXYZ", numbers(0.292, 0.6922, 0.0419)],
    ["bXYZ", numbers(0.1571, 0.0666, 0.7841)],
    ["rTRC", curve],
  ];
  const from = 128 + 4 + 12 * (tags.length + 2);
  let end = from;
  const places = tags.map(([name, tag]) => {
    const place = joined([bytesOf(name), uint32(end), uint32(tag.length)]);
    end += tag.length;
    return place;
  });
  const curves = ["gTRC", "bTRC"].map((name) =>
    joined([bytesOf(name), uint32(end - curve.length), uint32(curve.length)]),
  );
  const head = joined([
    uint32(end),
    bytesOf("appl\x04\0\0\0mntrRGB XYZ "),
    bytesOf(maker.padEnd(12).slice(0, 12)),
    bytesOf("acsp"),
    bytesOf(maker.padEnd(28).slice(0, 28)),
    bytesOf("\0\0\xf6\xd6\0\x01\0\0\0\0\xd3\x2d"),
    bytesOf(maker.padEnd(48).slice(0, 48)),
  ]);
  return joined([
    head,
    uint32(tags.length + 2),
    ...places,
    ...curves,
    ...tags.map(([, tag]) => tag),
  ]);
}

/** Photos with every kind of metadata that their format allows. */
export const photosWithSecret = {
  jpeg: insert(
    photos.jpeg,
    2,
    jpegSegment(0xe0, joined([bytesOf("JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01"), secretBytes])),
    jpegExif(6),
    jpegSegment(0xe1, named("http://ns.adobe.com/xap/1.0/\0")),
    jpegSegment(0xe2, named("MPF\0")),
    jpegSegment(0xed, named("Photoshop 3.0\x008BIM\x04\x04")),
    jpegSegment(0xee, named("Adobe\0\x64\0\0\0\0\0")),
    jpegSegment(0xe5, named("Samsung")),
    jpegSegment(0xfe, secretBytes),
  ),
  png: insert(
    photos.png,
    33,
    ...["tEXt", "zTXt", "iTXt", "tIME", "prVt"].map((type) => pngChunk(type, named("Author\0"))),
    pngChunk("eXIf", exif(6)),
  ),
  webp: webpOf(
    vp8x(0x0c, 16, 8),
    photos.webp.subarray(12),
    webpChunk("EXIF", exif(6)),
    webpChunk("XMP ", named("<x:xmpmeta>")),
    webpChunk("note", secretBytes),
  ),
  animatedWebp: webpOf(
    photos.animatedWebp.subarray(12),
    webpChunk("EXIF", joined([bytesOf("Exif\0\0"), exif(6)])),
    webpChunk("XMP ", secretBytes),
  ),
  gif: insert(
    photos.gif,
    25,
    gifExtension(0xfe, secretBytes),
    gifExtension(0xff, bytesOf("XMP DataXMP"), secretBytes),
    gifExtension(0xff, bytesOf("NETSCAPE2.0"), secretBytes),
    gifExtension(0x01, new Uint8Array(12), secretBytes),
    gifExtension(0x77, secretBytes),
  ),
};
