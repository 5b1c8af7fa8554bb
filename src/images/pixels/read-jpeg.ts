import { asciiOf } from "../clean/byte-reader.ts";
import { markers, walkJpeg } from "../clean/jpeg-segments.ts";
import { exifName, orientationOf } from "../clean/orientation.ts";
import type { Pixels } from "./area-average.ts";
import { type ColorMarks, jpegColors } from "./jpeg-colors.ts";
import { jpegPicture } from "./jpeg-picture.ts";
import { PixelsRefused } from "./pixels-refused.ts";
import { upright } from "./upright.ts";

/**
 * Reads a JPEG at 1/1, 1/2, 1/4 or 1/8 of its size. No library that is kept up and fits a Worker scales
 * while it decodes: jpeg-js and the builds of libjpeg for wasm have the whole picture in memory, which are
 * 200 MB at 50 megapixels. What is damaged or missing after the first scan began is gray, as with libjpeg.
 */
export function readJpeg(photo: Uint8Array, least: number): Pixels {
  const marks: ColorMarks = { hasJfif: false, adobeTransform: null };
  let orientation: number | undefined;
  let picture: ReturnType<typeof jpegPicture> | undefined;

  walkJpeg(photo, {
    segment(marker, body) {
      const starts = (name: string) => asciiOf(body.subarray(0, name.length)) === name;
      if (marker === markers.app0 && starts("JFIF\0")) marks.hasJfif = true;
      if (marker === markers.app14 && starts("Adobe")) marks.adobeTransform = body[11] ?? null;
      if (marker === markers.app1 && starts(exifName)) {
        orientation ??= orientationOf(body.subarray(exifName.length));
      }
    },
    scan(scan, _parts, at) {
      picture ??= jpegPicture(scan, least, jpegColors(scan.frame.components, marks));
      return picture.read(photo, at, scan);
    },
  });
  if (!picture) throw new PixelsRefused("damaged", "It has no scan.");
  return upright(picture.result(), orientation ?? 1);
}
