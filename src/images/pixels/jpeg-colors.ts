type Samples = readonly Uint8ClampedArray[];

/** Writes a row of pixels, three bytes each, from a row of samples of each component. */
export type RowColors = (samples: Samples, colors: Uint8ClampedArray) => void;

const none = new Uint8ClampedArray(0);

const gray: RowColors = ([grays = none], colors) => {
  for (let at = 0, from = 0; at < colors.length; at += 3, from++) {
    colors[at] = colors[at + 1] = colors[at + 2] = grays[from] ?? 0;
  }
};

const rgb: RowColors = ([red = none, green = none, blue = none], colors) => {
  for (let at = 0, from = 0; at < colors.length; at += 3, from++) {
    colors[at] = red[from] ?? 0;
    colors[at + 1] = green[from] ?? 0;
    colors[at + 2] = blue[from] ?? 0;
  }
};

/** JFIF 1.02, after ITU-R BT.601. */
const yCbCr: RowColors = ([lumas = none, blues = none, reds = none], colors) => {
  for (let at = 0, from = 0; at < colors.length; at += 3, from++) {
    const luma = lumas[from] ?? 0;
    const blue = (blues[from] ?? 0) - 128;
    const red = (reds[from] ?? 0) - 128;
    colors[at] = luma + 1.402 * red;
    colors[at + 1] = luma - 0.344136 * blue - 0.714136 * red;
    colors[at + 2] = luma + 1.772 * blue;
  }
};

/** Inks are stored inverted, as Adobe writes them: 255 is none. Browsers read all files so. */
const cmyk: RowColors = (samples, colors) => {
  rgb(samples, colors);
  darken(samples, colors);
};

/** YCbCr of the inks that are stored inverted: of the colors' complement. */
const ycck: RowColors = (samples, colors) => {
  yCbCr(samples, colors);
  for (let at = 0; at < colors.length; at++) colors[at] = 255 - (colors[at] ?? 0);
  darken(samples, colors);
};

function darken([, , , blacks = none]: Samples, colors: Uint8ClampedArray): void {
  for (let at = 0; at < colors.length; at++) {
    colors[at] = ((colors[at] ?? 0) * (blacks[Math.floor(at / 3)] ?? 0)) / 255;
  }
}

/** What the segments of a JPEG say of its colors. */
export interface ColorMarks {
  hasJfif: boolean;
  /** Of Adobe's segment: 0 for none, 1 for YCbCr, 2 for YCCK. Null without the segment. */
  adobeTransform: number | null;
}

/** How libjpeg decides what the components are. */
export function jpegColors(
  components: readonly { id: number }[],
  { hasJfif, adobeTransform }: ColorMarks,
): RowColors {
  if (components.length === 1) return gray;
  if (components.length === 4) return adobeTransform === 2 ? ycck : cmyk;
  if (hasJfif) return yCbCr;
  if (adobeTransform !== null) return adobeTransform === 0 ? rgb : yCbCr;
  return components.map(({ id }) => String.fromCharCode(id)).join("") === "RGB" ? rgb : yCbCr;
}
