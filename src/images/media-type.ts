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
  // One brand of many; the others, and whether it is HEIC at all, are for its cleaner to read.
  ...["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"].map((brand) => ({
    type: "image/heic" as const,
    marks: [ascii(`ftyp${brand}`, 4)],
  })),
] as const;

export type PhotoType = (typeof signatures)[number]["type"];

export const photoTypes = [...new Set(signatures.map(({ type }) => type))];

/** The media type of a photo, from its bytes alone; null for no photo. */
export function photoTypeOf(photo: Uint8Array): PhotoType | null {
  const found = signatures.find(({ marks }) =>
    marks.every(({ offset, bytes }) =>
      bytes.every((byte, index) => photo[offset + index] === byte),
    ),
  );
  return found?.type ?? null;
}
