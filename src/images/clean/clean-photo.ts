import { type PhotoType, photoTypeOf, photoTypes } from "../media-type.ts";
import { checkFrames, type Cleaned } from "./cleaned.ts";
import { cleanGif } from "./gif.ts";
import { cleanHeic } from "./heic.ts";
import { cleanJpeg } from "./jpeg.ts";
import { type Budget, photoBudget } from "./photo-budget.ts";
import { PhotoRefused } from "./photo-refused.ts";
import { cleanPng } from "./png.ts";
import { joined } from "./byte-reader.ts";
import { cleanWebp } from "./webp.ts";

const cleaners: Record<PhotoType, (photo: Uint8Array, budget: Budget) => Cleaned> = {
  "image/jpeg": cleanJpeg,
  "image/png": cleanPng,
  "image/webp": cleanWebp,
  "image/gif": cleanGif,
  "image/heic": cleanHeic,
};

export interface CleanPhoto {
  type: PhotoType;
  bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Removes what identifies who took a photo, when, where and with what. Its pixels stay as they are.
 * Each cleaner copies what decoding needs and drops the rest.
 *
 * @returns The photo as it is stored. Its type is detected from its bytes.
 * @throws {PhotoRefused}
 */
export function cleanPhoto(photo: Uint8Array): CleanPhoto {
  const type = photoTypeOf(photo);
  if (!type) {
    throw new PhotoRefused("type", `A photo has to be one of ${photoTypes.join(", ")}.`);
  }
  const cleaned = cleaners[type](photo, photoBudget());
  checkFrames(cleaned);
  return { type, bytes: joined(cleaned.parts) };
}
