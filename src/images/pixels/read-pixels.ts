import { TooManyPixels } from "../clean/cleaned.ts";
import { PhotoRefused } from "../clean/photo-refused.ts";
import { photoTypeOf, type PhotoType } from "../media-type.ts";
import type { Pixels } from "./area-average.ts";
import { PixelsRefused } from "./pixels-refused.ts";
import { readGif } from "./read-gif.ts";
import { readJpeg } from "./read-jpeg.ts";
import { readPng } from "./read-png.ts";
import { readWebp } from "./read-webp.ts";

export type { Pixels } from "./area-average.ts";

type Read = (photo: Uint8Array, least: number) => Pixels | Promise<Pixels>;

const readers: Record<PhotoType, Read> = {
  "image/jpeg": readJpeg,
  "image/png": readPng,
  "image/gif": readGif,
  "image/webp": readWebp,
  "image/heic"() {
    throw new PixelsRefused("type", "HEIC has to be converted first.");
  },
};

/**
 * Reads a photo for a small vision model: RGBA of 8 bits, upright, over white. It is scaled down while it is
 * read, so that it takes less than 40 MB of memory, whatever size it claims.
 *
 * @param photo Up to `maxPhotoBytes`, cleaned or not. Of a moving picture, the first is read.
 * @param least The shorter side of the result has at least so many pixels, where the photo has them, and
 *   less than twice as many. A strip, more than a megapixel otherwise, is reduced further.
 * @throws {PixelsRefused} It throws nothing else, whatever the bytes are.
 */
export async function readPixels(photo: Uint8Array, least: number): Promise<Pixels> {
  const type = photoTypeOf(photo);
  if (!type) throw new PixelsRefused("type", "It is no photo.");
  try {
    return await readers[type](photo, least);
  } catch (error) {
    // What the readers share with the cleaning of photos.
    if (error instanceof TooManyPixels) throw new PixelsRefused("size", error.message);
    if (error instanceof PhotoRefused) throw new PixelsRefused("damaged", error.message);
    // libwebp's, of a picture that breaks it or its memory.
    if (error instanceof WebAssembly.RuntimeError) {
      throw new PixelsRefused("damaged", error.message);
    }
    throw error;
  }
}
