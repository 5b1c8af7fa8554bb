import type { Layer, Weights } from "../../src/photo-model/weights-file.ts";

type Picture = (row: number, column: number, channel: number) => number;

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Half of the padding of TensorFlow's SAME, by its documentation. */
function paddingBefore(length: number, stride: number): number {
  const total =
    length % stride === 0 ? Math.max(3 - stride, 0) : Math.max(3 - (length % stride), 0);
  return Math.floor(total / 2);
}

/** The value of one output of a layer, computed from its definition. */
function outputOf(layer: Layer, input: Picture, outputs: readonly Picture[]): Picture {
  const { height, width, channels } = layer.input;
  if (layer.kind === "add")
    return (...at) => input(...at) + (outputs[layer.layer]?.(...at) ?? Number.NaN);
  if (layer.kind === "pool")
    return (_row, _column, channel) => {
      const all = numbers(height).flatMap((y) => numbers(width).map((x) => input(y, x, channel)));
      return sum(all) / all.length;
    };
  const { kind, stride, activation, parameters } = layer;
  const { weights, scales, biases } = parameters;
  const weight = (row: number, output: number) =>
    (weights[row * scales.length + output] ?? Number.NaN) * (scales[output] ?? Number.NaN);
  const inside = (y: number, x: number) => y >= 0 && y < height && x >= 0 && x < width;
  const window = (row: number, column: number) =>
    numbers(9).map((tap) => ({
      tap,
      y: row * stride - paddingBefore(height, stride) + Math.floor(tap / 3),
      x: column * stride - paddingBefore(width, stride) + (tap % 3),
    }));
  const products: Record<typeof kind, Picture> = {
    pointwise: (row, column, output) =>
      sum(numbers(channels).map((c) => input(row, column, c) * weight(c, output))),
    depthwise: (row, column, channel) =>
      sum(
        window(row, column).map(({ tap, y, x }) =>
          inside(y, x) ? input(y, x, channel) * weight(tap, channel) : 0,
        ),
      ),
    convolution: (row, column, output) =>
      sum(
        window(row, column).flatMap(({ tap, y, x }) =>
          numbers(channels).map((c) =>
            inside(y, x) ? input(y, x, c) * weight(tap * channels + c, output) : 0,
          ),
        ),
      ),
  };
  return (row, column, output) => {
    const value = products[kind](row, column, output) + (biases[output] ?? Number.NaN);
    return activation === "relu6" ? Math.min(6, Math.max(0, value)) : value;
  };
}

/** A picture whose values are computed once. */
function computed({ height, width, channels }: Layer["output"], picture: Picture): Picture {
  const values = numbers(height).map((y) =>
    numbers(width).map((x) => numbers(channels).map((channel) => picture(y, x, channel))),
  );
  return (row, column, channel) => values[row]?.[column]?.[channel] ?? Number.NaN;
}

/** The logits of a network, in plain arithmetic. */
export function referenceLogits({ layers, size, classes }: Weights, photo: Float32Array): number[] {
  let input: Picture = (row, column, channel) =>
    photo[(row * size + column) * 3 + channel] ?? Number.NaN;
  const outputs: Picture[] = [];
  for (const layer of layers) {
    input = computed(layer.output, outputOf(layer, input, outputs));
    outputs.push(input);
  }
  return classes.map((_, index) => input(0, 0, index));
}
