import { bytesOf, joined } from "./byte-reader.ts";

const orientationTag = 0x0112;
const shortType = 3;
const entryBytes = 12;

/**
 * The orientation (1 to 8) in the TIFF block of Exif. 1, upright, when it is absent or unreadable: the
 * block is dropped anyway, so it need not be valid.
 */
export function orientationOf(tiff: Uint8Array): number {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  const has = (end: number) => end <= tiff.length;
  if (!has(8)) return 1;
  const little = view.getUint16(0) === 0x4949;
  const directory = view.getUint32(4, little);
  if (!has(directory + 2)) return 1;
  const entries = view.getUint16(directory, little);
  for (let index = 0; index < entries; index++) {
    const at = directory + 2 + index * entryBytes;
    if (!has(at + entryBytes)) return 1;
    if (view.getUint16(at, little) !== orientationTag) continue;
    if (view.getUint16(at + 2, little) !== shortType) return 1;
    const value = view.getUint16(at + 8, little);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** The smallest TIFF block of Exif: the orientation and nothing else. */
export const orientationOnly = (orientation: number): Uint8Array =>
  // Big-endian, one directory at 8 with one entry: tag, SHORT, one value; and no directory after it.
  joined([
    bytesOf("MM\x00\x2a\x00\x00\x00\x08\x00\x01"),
    bytesOf("\x01\x12\x00\x03\x00\x00\x00\x01"),
    Uint8Array.of(0, orientation, 0, 0, 0, 0, 0, 0),
  ]);

/** Exif's TIFF block, after the name that some writers put before it. */
export const tiffOf = (exif: Uint8Array): Uint8Array =>
  exif[0] === 0x45 ? exif.subarray(exifName.length) : exif;

export const exifName = "Exif\0\0";
