/** The largest photo that is taken, in bytes. */
export const maxPhotoBytes = 10 * 1024 * 1024;

const ascii = (text: string, offset = 0) => ({
  offset,
  bytes: Array.from(text, (char) => char.charCodeAt(0)),
});

/** First bytes by media type; every mark of a row has to match. */
const signatures = [
  { type: "image/jpeg", marks: [{ offset: 0, bytes: [0xff, 0xd8, 0xff] }] },
  { type: "image/png", marks: [ascii("\x89PNG\r\n\x1a\n")] },
  { type: "image/gif", marks: [ascii("GIF8")] },
  { type: "image/webp", marks: [ascii("RIFF"), ascii("WEBP", 8)] },
  { type: "image/heic", marks: [ascii("ftyp", 4)] },
] as const;

export const hevcBrands = "heic heix heim heis hevc hevx hevm hevs".split(" ");
/** Brands of pictures of any codec: the cleaner reads which it is. */
export const anyCodecBrands = "mif1 mif2 mif3 msf1 miaf".split(" ");
const avifBrands = ["avif", "avis"];

export type PhotoType = (typeof signatures)[number]["type"];

export const photoTypes = signatures.map(({ type }) => type);

/** The media type of a photo, from its bytes alone; null for no photo. */
export function photoTypeOf(photo: Uint8Array): PhotoType | null {
  const found = signatures.find(({ marks }) =>
    marks.every(({ offset, bytes }) =>
      bytes.every((byte, index) => photo[offset + index] === byte),
    ),
  );
  if (found?.type === "image/heic" && !isHeif(photo)) return null;
  return found?.type ?? null;
}

export const maxBrands = 64;

/** Any brand may be the one that counts: the major one, or one of those after it and a version. */
function isHeif(photo: Uint8Array): boolean {
  if (photo.length < 16) return false;
  const length = new DataView(photo.buffer, photo.byteOffset).getUint32(0);
  const end = Math.min(length, photo.length, 8 + 4 * maxBrands);
  const brands = new Set<string>();
  for (let at = 8; at + 4 <= end; at += 4) {
    brands.add(String.fromCharCode(...photo.subarray(at, at + 4)));
  }
  const hasOneOf = (names: readonly string[]) => names.some((name) => brands.has(name));
  return hasOneOf(hevcBrands) || (hasOneOf(anyCodecBrands) && !hasOneOf(avifBrands));
}
