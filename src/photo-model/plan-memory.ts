import type { Layer, Shape } from "./weights-file.ts";

/** Outputs that the kernel computes together are at most 8. A layer of 13 has room for 16. */
export const paddedChannels = (channels: number) => Math.ceil(channels / 8) * 8;
export const pixelsOf = ({ height, width }: Shape) => height * width;
export const floatsOf = (shape: Shape) => pixelsOf(shape) * paddedChannels(shape.channels);

/** Byte offsets of what a layer reads and writes. */
export interface LayerPlace {
  input: number;
  output: number;
  /** The windows of a convolution's input, copied. */
  windows: number;
}

/** Bytes of a vector, to which all is aligned. */
const alignment = 16;
export const bytesOf = (floats: number) => Math.ceil((4 * floats) / alignment) * alignment;

/** The last layer that reads the output of layer `index`. */
const lastReader = (layers: readonly Layer[], index: number) =>
  Math.max(
    index + 1,
    layers.findLastIndex((layer) => layer.kind === "add" && layer.layer === index),
  );

/** Places the photo and all outputs from `start` on, so that nothing overlaps that is needed at once. */
export function planMemory(layers: readonly Layer[], start: number) {
  let inUse: { from: number; to: number; last: number }[] = [];
  let end = start;

  /** The first place that is free when layer `first` begins. It is in use until layer `last` ends. */
  function reserve(floats: number, first: number, last: number): number {
    inUse = inUse.filter((span) => span.last >= first).toSorted((a, b) => a.from - b.from);
    const bytes = bytesOf(floats);
    let from = start;
    for (const span of inUse) {
      if (from + bytes <= span.from) break;
      from = Math.max(from, span.to);
    }
    inUse.push({ from, to: from + bytes, last });
    end = Math.max(end, from + bytes);
    return from;
  }

  const photo = layers[0] ? reserve(floatsOf(layers[0].input), 0, 0) : start;
  let input = photo;
  const places = layers.map((layer, index): LayerPlace => {
    const windowFloats = layer.kind === "convolution" ? layer.parameters.rows : 0;
    const windows = reserve(pixelsOf(layer.output) * windowFloats, index, index);
    const output = reserve(floatsOf(layer.output), index, lastReader(layers, index));
    const place = { input, output, windows };
    input = output;
    return place;
  });
  return { photo, places, end };
}
