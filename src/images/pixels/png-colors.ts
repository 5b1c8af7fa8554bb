import { overWhite } from "./over-white.ts";

export interface PngHeader {
  width: number;
  height: number;
  /** Bits of a sample, and of a pixel. */
  depth: number;
  bits: number;
  type: number;
  isInterlaced: boolean;
  palette: Uint8Array;
  /** The tRNS chunk: the palette's opacities, or the color that is transparent. */
  transparent: Uint8Array;
}

const paletteType = 3;
const opacityFlag = 4;

/** Makes colors of three bytes, over white, of the samples of so many pixels. */
export type PngColors = (samples: Uint8Array, pixels: number) => Uint8Array;

export const pngColors = (header: PngHeader): PngColors =>
  header.bits <= 8 ? lookedUp(header) : sampled(header);

/** Pixels of up to 8 bits: gray or of a palette. */
function lookedUp(header: PngHeader): PngColors {
  const { width, depth, type, palette, transparent } = header;
  const largest = 2 ** depth - 1;
  const key = transparent.length >= 2 ? transparent[1] : -1;
  const table = Uint8Array.from({ length: 3 * (largest + 1) }, (_, at) => {
    const value = Math.floor(at / 3);
    return type === paletteType
      ? overWhite(palette[at] ?? 0, transparent[value] ?? 255)
      : overWhite((value * 255) / largest, value === key ? 0 : 255);
  });
  const colors = new Uint8Array(3 * width);
  return function lookUp(samples, pixels) {
    for (let index = 0, to = 0; index < pixels; index++, to += 3) {
      const bit = index * depth;
      const value = ((samples[bit >> 3] ?? 0) >> (8 - depth - (bit & 7))) & largest;
      colors[to] = table[3 * value] ?? 0;
      colors[to + 1] = table[3 * value + 1] ?? 0;
      colors[to + 2] = table[3 * value + 2] ?? 0;
    }
    return colors.subarray(0, 3 * pixels);
  };
}

/** Samples of whole bytes, of which the first counts. */
function sampled({ width, depth, bits, type, transparent }: PngHeader): PngColors {
  const step = depth / 8;
  const pixelBytes = bits / 8;
  const [green, blue] = pixelBytes >= 3 * step ? [step, 2 * step] : [0, 0];
  const hasOpacity = (type & opacityFlag) !== 0;
  // It has two bytes a sample, whatever the depth.
  const key = transparent.filter((_, at) => step === 2 || at % 2 === 1);
  const hasKey = !hasOpacity && key.length === pixelBytes;
  const colors = new Uint8Array(3 * width);

  function opacityAt(samples: Uint8Array, at: number): number {
    if (hasOpacity) return samples[at + pixelBytes - step] ?? 0;
    return hasKey && key.every((byte, index) => samples[at + index] === byte) ? 0 : 255;
  }

  return function sample(samples, pixels) {
    for (let at = 0, to = 0; to < 3 * pixels; at += pixelBytes, to += 3) {
      const opacity = opacityAt(samples, at);
      colors[to] = overWhite(samples[at] ?? 0, opacity);
      colors[to + 1] = overWhite(samples[at + green] ?? 0, opacity);
      colors[to + 2] = overWhite(samples[at + blue] ?? 0, opacity);
    }
    return colors.subarray(0, 3 * pixels);
  };
}
