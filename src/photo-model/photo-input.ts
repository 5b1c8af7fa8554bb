import type { PhotoLook } from "./photo-looks.ts";

/** A picture as it is decoded: RGBA, row by row. */
export interface Pixels {
  width: number;
  height: number;
  data: Uint8Array;
}

/** The source pixels that an input pixel covers along one side, with the share of each. */
interface Span {
  first: number;
  shares: readonly number[];
}

function spansOf(length: number, size: number, margin: number): Span[] {
  const step = (length * (1 - 2 * margin)) / size;
  return Array.from({ length: size }, (_, index) => {
    const from = length * margin + index * step;
    const to = Math.min(from + step, length);
    const first = Math.floor(from);
    const covered = Array.from({ length: Math.ceil(to) - first }, (_, offset) => {
      const pixel = first + offset;
      return Math.min(pixel + 1, to) - Math.max(pixel, from);
    });
    return { first, shares: covered.map((part) => part / (to - from)) };
  });
}

/**
 * What the network sees of a photo: f32[row][column][RGB] from -1 to 1. Each value is the mean over the
 * area that it covers, so that a photo of any proportions becomes a square.
 */
export function photoInput({ width, height, data }: Pixels, look: PhotoLook, size: number) {
  const margin = look === "centre" ? 0.1 : 0;
  const columns = spansOf(width, size, margin);
  if (look === "mirrored") columns.reverse();
  const input = new Float32Array(size * size * 3);
  const line = new Float32Array(width * 4);
  let at = 0;
  for (const row of spansOf(height, size, margin)) {
    line.fill(0);
    for (const [offset, share] of row.shares.entries()) {
      const start = (row.first + offset) * line.length;
      for (let index = 0; index < line.length; index++)
        line[index] = (line[index] ?? 0) + share * (data[start + index] ?? 0);
    }
    for (const { first, shares } of columns) {
      let [red, green, blue] = [0, 0, 0];
      for (const [offset, share] of shares.entries()) {
        const pixel = 4 * (first + offset);
        red += share * (line[pixel] ?? 0);
        green += share * (line[pixel + 1] ?? 0);
        blue += share * (line[pixel + 2] ?? 0);
      }
      input[at++] = red / 127.5 - 1;
      input[at++] = green / 127.5 - 1;
      input[at++] = blue / 127.5 - 1;
    }
  }
  return input;
}
