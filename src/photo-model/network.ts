import { z } from "zod";
import { bytesOf, floatsOf, paddedChannels, pixelsOf, planMemory } from "./plan-memory.ts";
import type { Layer, Parameters, Weights } from "./weights-file.ts";

const operation = z.custom<(...values: number[]) => void>((value) => typeof value === "function");

/** What `kernel.as.ts` exports, where the functions are described. */
const Kernel = z.object({
  memory: z.instanceof(WebAssembly.Memory),
  lanes: z.instanceof(WebAssembly.Global).transform(({ value }) => z.literal([1, 4]).parse(value)),
  pointwise: operation,
  depthwise: operation,
  gatherWindows: operation,
  add: operation,
  pool: operation,
});

/**
 * Runs all layers and returns the outputs of the last one.
 * @param photo f32[row][column][RGB], from -1 to 1.
 */
export type Network = (photo: Float32Array) => number[];

/** The compiler's own part of the memory, bytes. */
const reservedBytes = 1_024;
const pageBytes = 65_536;

/** Writes weights block by block and row by row, as the kernel reads them. Outputs that a block lacks are 0. */
function packWeights(target: Float32Array, { rows, scales, weights }: Parameters, block: number) {
  const outputs = scales.length;
  let at = 0;
  for (let first = 0; first < outputs; first += block)
    for (let row = 0; row < rows; row++)
      for (let output = first; output < first + block; output++)
        target[at++] =
          output < outputs ? (weights[row * outputs + output] ?? 0) * (scales[output] ?? 0) : 0;
}

/** Lays a network out in the memory of an instance of the kernel, which is then its own. */
export function networkOf(
  { exports }: WebAssembly.Instance,
  { layers, size, classes }: Weights,
): Network {
  const kernel = Kernel.parse(exports);
  const { memory, lanes } = kernel;
  const plan = planMemory(layers, reservedBytes);
  let end = plan.end;

  /** A view of the memory, void when the memory grows again. */
  const view = (at: number, floats: number) => new Float32Array(memory.buffer, at, floats);

  /** Bytes that stay as they are, filled with zeros. */
  function reserve(floats: number): number {
    const at = end;
    end += bytesOf(floats);
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
    return at;
  }

  function reserveParameters(parameters: Parameters, block: number) {
    const outputs = paddedChannels(parameters.scales.length);
    const weights = reserve(parameters.rows * outputs);
    packWeights(view(weights, parameters.rows * outputs), parameters, block);
    const biases = reserve(outputs);
    view(biases, outputs).set(parameters.biases);
    return { weights, biases };
  }

  const zeros = reserve(Math.max(...layers.map(({ input }) => input.channels)));

  function stepOf(layer: Layer, index: number): () => void {
    const place = plan.places[index];
    if (!place) throw new RangeError(`Layer ${index} has no place.`);
    const { input, output, windows } = place;
    const { height, width, channels } = layer.input;
    const pixels = pixelsOf(layer.output);
    const outputs = paddedChannels(layer.output.channels);
    if (layer.kind === "add") {
      const other = plan.places[layer.layer]?.output ?? plan.photo;
      return () => kernel.add(input, other, output, floatsOf(layer.output));
    }
    if (layer.kind === "pool")
      return () => kernel.pool(input, output, pixelsOf(layer.input), channels);
    const isRelu6 = Number(layer.activation === "relu6");
    const block = layer.kind === "depthwise" ? lanes : 2 * lanes;
    const { weights, biases } = reserveParameters(layer.parameters, block);
    switch (layer.kind) {
      case "depthwise":
        return () =>
          kernel.depthwise(
            input,
            weights,
            biases,
            output,
            height,
            width,
            channels,
            layer.stride,
            zeros,
            isRelu6,
          );
      case "pointwise":
        return () =>
          kernel.pointwise(input, weights, biases, output, pixels, channels, outputs, isRelu6);
      case "convolution":
        return () => {
          kernel.gatherWindows(input, windows, height, width, channels, layer.stride);
          kernel.pointwise(
            windows,
            weights,
            biases,
            output,
            pixels,
            9 * channels,
            outputs,
            isRelu6,
          );
        };
    }
  }

  const steps = layers.map(stepOf);
  const input = view(plan.photo, 3 * size * size);
  const logits = view(plan.places.at(-1)?.output ?? plan.photo, classes.length);
  return (photo) => {
    input.set(photo);
    for (const step of steps) step();
    return [...logits];
  };
}
