import { asciiOf, bytesOf, joined, uint32 } from "../../src/images/clean/byte-reader.ts";
import { exif, secret } from "./photos.ts";

export const box = (type: string, ...parts: Uint8Array[]): Uint8Array => {
  const body = joined(parts);
  return joined([uint32(body.length + 8), bytesOf(type), body]);
};
const full = (type: string, version: number, ...parts: Uint8Array[]) =>
  box(type, Uint8Array.of(version, 0, 0, 0), ...parts);
const uint16 = (value: number) => Uint8Array.of(value >> 8, value & 255);

export interface HeicOptions {
  brands?: string;
  /** The type of its tile. */
  codec?: string;
  width?: number;
  height?: number;
  /** The width of the photo's grid. */
  gridWidth?: number;
  gridHeight?: number;
  /** Added to the offset of the item's extent, to make it wrong. */
  shift?: number;
  method?: number;
  source?: number;
  tile?: Uint8Array;
  /** How often the tile's extent is listed. */
  extents?: number;
  primary?: number;
  /** One more property of the tile. */
  property?: Uint8Array;
  /** Is wherever a text may be. */
  note?: Uint8Array;
  /** Boxes at the end of the file. */
  after?: Uint8Array;
}

/** Units of an HEVC stream (ITU-T H.265, 7.3.1.2), each behind its length. */
export const unit = (type: number, body: Uint8Array) =>
  joined([uint32(body.length + 2), Uint8Array.of(type << 1, 1), body]);
export const units = { video: 32, sequence: 33, picture: 34, message: 39, slice: 20 };

/** The decoder's configuration (ISO/IEC 14496-15, 8.3.3.1): sets of parameters, and a message. */
function hvcC(note: Uint8Array): Uint8Array {
  const sets = [units.video, units.sequence, units.picture].map((type) => ({ type, body: aSet }));
  const arrays = [...sets, { type: units.message, body: note }].map(({ type, body }) =>
    joined([Uint8Array.of(0x80 | type, 0, 1), unit(type, body).subarray(2)]),
  );
  const head = Uint8Array.of(1, 3, 0x70, ...new Uint8Array(9), 60, 0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8);
  return box("hvcC", head, Uint8Array.of(0, 0, 15, arrays.length), ...arrays);
}
const aSet = Uint8Array.of(1, 2, 3, 4);

/** A HEIC as phones write it: a grid of one tile, with Exif, XMP, and text wherever it fits. */
export function buildHeic({
  brands = "heicmif1",
  codec = "hvc1",
  width = 16,
  height = 8,
  gridWidth = width,
  gridHeight = height,
  shift = 0,
  method = 0,
  source = 0,
  note = bytesOf(secret),
  tile = joined([unit(units.message, note), unit(units.slice, bytesOf("HEVC-TILE"))]),
  extents = 1,
  primary = 1,
  property = new Uint8Array(0),
  after = new Uint8Array(0),
}: HeicOptions = {}): Uint8Array<ArrayBuffer> {
  const ftyp = box("ftyp", bytesOf(brands.slice(0, 4)), uint32(0), bytesOf(brands));
  const grid = joined([Uint8Array.of(0, 0, 0, 0), uint16(gridWidth), uint16(gridHeight)]);
  const tiff = joined([uint32(0), exif(6)]);
  const xmp = joined([bytesOf("<x:xmpmeta>"), note]);
  const spare = joined([bytesOf("between "), note]);
  const item = (id: number, type: string, ...name: Uint8Array[]) =>
    full("infe", 2, uint16(id), uint16(0), bytesOf(type), ...name, Uint8Array.of(0));
  const place = (id: number, where: number, offset: number, length: number, times = 1) => {
    const extent = joined([uint32(offset), uint32(length)]);
    const named = Array.from({ length: times }, () => extent);
    return joined([uint16(id), uint16(where), uint16(source), uint16(times), ...named]);
  };

  const meta = (data: number) =>
    full(
      "meta",
      0,
      full("hdlr", 0, uint32(0), bytesOf("pict"), new Uint8Array(12), note, Uint8Array.of(0)),
      full("pitm", 0, uint16(primary)),
      full(
        "iinf",
        0,
        uint16(4),
        item(1, "grid", note),
        item(2, codec),
        item(3, "Exif", note),
        item(4, "mime", bytesOf("\0application/rdf+xml;"), note),
      ),
      full(
        "iloc",
        1,
        uint16(0x4400),
        uint16(4),
        place(1, 1, 0, grid.length),
        place(2, method, data + shift, tile.length, extents),
        place(3, 0, data + tile.length + spare.length, tiff.length),
        place(4, 1, grid.length, xmp.length),
      ),
      box(
        "iprp",
        box(
          "ipco",
          full("ispe", 0, uint32(width), uint32(height)),
          hvcC(note),
          box("irot", Uint8Array.of(3)),
          full("udes", 0, bytesOf("ko\0"), note, Uint8Array.of(0)),
          property,
        ),
        full("ipma", 0, uint32(1), uint16(1), Uint8Array.of(4, 1, 2, 3, 4)),
      ),
      full("iref", 0, box("dimg", uint16(1), uint16(1), uint16(2))),
      box("idat", grid, xmp),
      box("uuid", note),
    );
  const before = ftyp.length + meta(0).length + box("free", note).length + 8;
  return joined([ftyp, meta(before), box("free", note), box("mdat", tile, spare, tiff), after]);
}

/** The offset of the tile's bytes in a HEIC. */
export const tileOffset = (heic: Uint8Array): number => asciiOf(heic).indexOf("HEVC-TILE");
