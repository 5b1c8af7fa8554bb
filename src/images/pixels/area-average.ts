import { maxPixels } from "../clean/cleaned.ts";
import { PixelsRefused } from "./pixels-refused.ts";

/** A picture cut down to what a small model needs: RGBA, 8 bits, opaque, upright. */
export interface Pixels {
  width: number;
  height: number;
  data: Uint8Array;
}

/** The largest that a JPEG can have, and the longest row for which memory is taken. */
const maxSide = 65_535;
/** Of the result: a strip as long as a JPEG can be is reduced until it has at most so many. */
const maxResultPixels = 2 ** 20;

/** @throws {PixelsRefused} */
export function checkPixels(width: number, height: number): void {
  if (width === 0 || height === 0) throw new PixelsRefused("damaged", "A side of it is 0.");
  if (width > maxSide || height > maxSide || width * height > maxPixels) {
    throw new PixelsRefused("size", `It has ${width} × ${height} pixels.`);
  }
}

/**
 * By how much a picture is reduced: by the largest integer that leaves its shorter side at least `least`
 * pixels long. That side is then less than twice as long, unless the picture is a strip.
 */
export function reductionOf(width: number, height: number, least: number): number {
  let reduction = Math.max(1, Math.floor(Math.min(width, height) / least));
  while (Math.ceil(width / reduction) * Math.ceil(height / reduction) > maxResultPixels) {
    reduction += 1;
  }
  return reduction;
}

/** Where the pixels of a row are: from `x` on, each `step` behind the one before. */
interface Row {
  x: number;
  y: number;
  step: number;
}

/**
 * Averages a picture over squares while its rows are read, in any order. Memory depends on the result alone.
 */
export function areaAverage(width: number, height: number, least: number) {
  checkPixels(width, height);
  const reduction = reductionOf(width, height, least);
  const [across, down] = [Math.ceil(width / reduction), Math.ceil(height / reduction)];
  /** Per pixel of the result, the sums of red, green and blue, and how many they are of. */
  const sums = new Uint32Array(4 * across * down);

  return {
    /** @param colors Three bytes a pixel. What is outside of the picture is left out. */
    add(colors: Uint8Array | Uint8ClampedArray, { x, y, step }: Row): void {
      if (y >= height) return;
      const count = Math.min(colors.length / 3, Math.ceil((width - x) / step));
      let to = 4 * (Math.floor(y / reduction) * across + Math.floor(x / reduction));
      let next = reduction - (x % reduction);
      for (let from = 0; from < 3 * count; from += 3, next -= step) {
        for (; next <= 0; next += reduction) to += 4;
        sums[to] = (sums[to] ?? 0) + (colors[from] ?? 0);
        sums[to + 1] = (sums[to + 1] ?? 0) + (colors[from + 1] ?? 0);
        sums[to + 2] = (sums[to + 2] ?? 0) + (colors[from + 2] ?? 0);
        sums[to + 3] = (sums[to + 3] ?? 0) + 1;
      }
    },
    /** What was never added is white. */
    result(): Pixels {
      const data = new Uint8Array(sums.length).fill(255);
      for (let at = 0; at < sums.length; at += 4) {
        const count = sums[at + 3] ?? 0;
        if (count === 0) continue;
        for (let color = 0; color < 3; color++) {
          data[at + color] = ((sums[at + color] ?? 0) + (count >> 1)) / count;
        }
      }
      return { width: across, height: down, data };
    },
  };
}

export type AreaAverage = ReturnType<typeof areaAverage>;
