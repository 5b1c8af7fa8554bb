import type { Pixels } from "../images/pixels/read-pixels.ts";
import { growMemory, type Kernel } from "./kernel.ts";
import { writePhotoInput } from "./photo-input.ts";
import type { PhotoLook } from "./photo-looks.ts";
import { bytesOf, floatsOf, paddedChannels, pixelsOf, planMemory } from "./plan-memory.ts";
import type { Layer, Parameters, Weights } from "./weights-file.ts";

/** Looks at a photo and returns the outputs of the last layer. */
export type Network = (pixels: Pixels, look: PhotoLook) => number[];

/** The compiler's own part of the memory, bytes. */
const reservedBytes = 1_024;

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

/** Lays a network out in a kernel's memory, which is then its own. */
export function networkOf(kernel: Kernel, { layers, size, classes }: Weights): Network {
  const { memory, lanes } = kernel;
  const plan = planMemory(layers, reservedBytes);
  let end = plan.end;

  /** A view of the memory, void when the memory grows again. */
  const view = (at: number, floats: number) => new Float32Array(memory.buffer, at, floats);

  /** Bytes that stay as they are, filled with zeros. */
  function reserve(floats: number): number {
    const at = end;
    end += bytesOf(floats);
    growMemory(memory, end);
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
  const logits = plan.places.at(-1)?.output ?? plan.photo;
  return (pixels, look) => {
    writePhotoInput(kernel, { pixels, look, size, scratch: end, input: plan.photo });
    for (const step of steps) step();
    return [...view(logits, classes.length)];
  };
}
