import { damaged, PhotoRefused } from "./photo-refused.ts";

/** A photo without metadata. */
export interface Cleaned {
  width: number;
  height: number;
  /** How often that many pixels are drawn; 1 for what does not move. */
  frames: number;
  /** Its bytes, in order. */
  parts: readonly Uint8Array[];
}

/**
 * Nothing is decoded here: the bound protects whoever shows a photo or sends it to a model. The largest
 * that phones take by themselves have 50 megapixels (8160 × 6144). 100 megapixels are 400 MB decoded.
 */
export const maxPixels = 100_000_000;
const maxMovingPixels = 5 * maxPixels;

export class TooManyPixels extends PhotoRefused {}

/** Refuses a size no photo has, or that would fill the memory of whoever decodes it. */
export function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw damaged("its width or height is 0");
  if (width * height > maxPixels) {
    throw new TooManyPixels(
      "content",
      `A photo may have at most ${maxPixels} pixels; this one has ${width} × ${height}.`,
    );
  }
}

export function checkFrames({ width, height, frames }: Cleaned): void {
  if (width * height * frames <= maxMovingPixels) return;
  throw new PhotoRefused(
    "content",
    `A moving picture may have at most ${maxMovingPixels} pixels in all.`,
  );
}
