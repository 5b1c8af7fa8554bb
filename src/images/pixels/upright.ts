import type { Pixels } from "./area-average.ts";

const mirrored = new Set([2, 3, 7, 8]);
const upsideDown = new Set([3, 4, 6, 7]);

/** A picture as it is meant to be seen, by Exif's orientation (1 to 8). */
export function upright(pixels: Pixels, orientation: number): Pixels {
  if (orientation === 1) return pixels;
  const { width, height } = pixels;
  const isTurned = orientation >= 5;
  const turned = {
    width: isTurned ? height : width,
    height: isTurned ? width : height,
    data: new Uint8Array(pixels.data.length),
  };
  const from = new Uint32Array(pixels.data.buffer);
  const to = new Uint32Array(turned.data.buffer);
  for (let y = 0, at = 0; y < turned.height; y++) {
    for (let x = 0; x < turned.width; x++) {
      const [column, row] = isTurned ? [y, x] : [x, y];
      const fromX = mirrored.has(orientation) ? width - 1 - column : column;
      const fromY = upsideDown.has(orientation) ? height - 1 - row : row;
      to[at++] = from[fromY * width + fromX] ?? 0;
    }
  }
  return turned;
}
