import { readerOf } from "./byte-reader.ts";
import { checkSize } from "./cleaned.ts";
import { damaged } from "./photo-refused.ts";

/** Samples of a pixel, and their bits, by the type of a PNG's colors (W3C PNG, 11.2.1). */
export const pngTypes = new Map([
  [0, { channels: 1, depths: [1, 2, 4, 8, 16] }],
  [2, { channels: 3, depths: [8, 16] }],
  [3, { channels: 1, depths: [1, 2, 4, 8] }],
  [4, { channels: 2, depths: [8, 16] }],
  [6, { channels: 4, depths: [8, 16] }],
]);

/** The passes of a picture, and of an interlaced one (W3C PNG, 8.2): the first pixel, and the next ones. */
const wholePass = [{ left: 0, top: 0, across: 1, down: 1 }];
const interlacedPasses = [
  { left: 0, top: 0, across: 8, down: 8 },
  { left: 4, top: 0, across: 8, down: 8 },
  { left: 0, top: 4, across: 4, down: 8 },
  { left: 2, top: 0, across: 4, down: 4 },
  { left: 0, top: 2, across: 2, down: 4 },
  { left: 1, top: 0, across: 2, down: 2 },
  { left: 0, top: 1, across: 1, down: 2 },
];

interface PngSize {
  width: number;
  height: number;
  /** Of a pixel. */
  bits: number;
  isInterlaced: boolean;
}

/** The passes that have pixels, and how many. */
export function pngPasses({ width, height, bits, isInterlaced }: PngSize) {
  return (isInterlaced ? interlacedPasses : wholePass).flatMap((pass) => {
    const pixels = Math.ceil((width - pass.left) / pass.across);
    const rows = Math.ceil((height - pass.top) / pass.down);
    // A row has its filter's type before its samples.
    const rowBytes = 1 + Math.ceil((pixels * bits) / 8);
    return pixels > 0 && rows > 0 ? [{ ...pass, pixels, rows, rowBytes }] : [];
  });
}

/** The size of a PNG, and how many bytes its pixels have before they are compressed. */
export function pngSize(header: Uint8Array) {
  const fields = readerOf(header);
  const [width, height] = [fields.uint(4), fields.uint(4)];
  checkSize(width, height);
  const [depth, type] = [fields.uint(1), fields.uint(1)];
  fields.take(2);
  const colors = pngTypes.get(type);
  if (!colors?.depths.includes(depth)) throw damaged("it has no such colors");
  const isInterlaced = fields.uint(1) === 1;
  const passes = pngPasses({ width, height, bits: depth * colors.channels, isInterlaced });
  const bytes = passes.reduce((sum, { rows, rowBytes }) => sum + rows * rowBytes, 0);
  return { width, height, bytes };
}
