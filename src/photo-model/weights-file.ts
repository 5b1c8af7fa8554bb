/**
 * The weights file of a photo model, little-endian:
 *
 * | bytes       | holds                                                                         |
 * | ----------- | ----------------------------------------------------------------------------- |
 * | 4           | u32 length of the header, a multiple of 4                                     |
 * | that length | the header: JSON in UTF-8 (`Header` below), padded with spaces                |
 * | the rest    | of each layer with weights, in order: f32 scale[outputs], f32 bias[outputs],  |
 * |             | int8 weight[rows][outputs], padded with zeros to a multiple of 4              |
 *
 * A weight's value is `weight * scale` of its output. Rows by kind of layer:
 *
 * | kind        | computes                                | rows                                     |
 * | ----------- | --------------------------------------- | ---------------------------------------- |
 * | convolution | 3 × 3                                   | 9 × inputs: [row][column][input channel] |
 * | depthwise   | 3 × 3, each channel alone               | 9: [row][column]                         |
 * | pointwise   | 1 × 1; after `pool` a dense layer       | inputs                                   |
 * | add         | adds the output of layer number `layer` | no weights                               |
 * | pool        | the mean over all pixels                | no weights                               |
 *
 * The first layer is a convolution of the photo: `size` × `size` × RGB, from -1 to 1. Every other layer's
 * input is the output of the layer before it, and its channels are a multiple of 8. Layers are numbered from 0. Padding is TensorFlow's SAME: an output
 * is ceil(input / stride) wide, and the smaller half of the padding is on the left and at the top.
 * The last layer has one pixel and an output for each class: the logits.
 */
import { z } from "zod";
import { photoLooks } from "./photo-looks.ts";

const Channels = z.int().min(1).max(4_096);
const Activation = z.enum(["none", "relu6"]).default("none");
const Stride = z.literal([1, 2]).default(1);

const LayerHeader = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("convolution"),
    outputs: Channels,
    stride: Stride,
    activation: Activation,
  }),
  z.strictObject({ kind: z.literal("depthwise"), stride: Stride, activation: Activation }),
  z.strictObject({ kind: z.literal("pointwise"), outputs: Channels, activation: Activation }),
  z.strictObject({ kind: z.literal("add"), layer: z.int().min(0) }),
  z.strictObject({ kind: z.literal("pool") }),
]);
type LayerHeader = z.infer<typeof LayerHeader>;

const Header = z.strictObject({
  /** Width and height of the photo that the network takes, pixels. */
  size: z.int().min(1).max(512),
  classes: z.array(z.string().min(1)).min(1),
  /** The logits are divided by it. */
  temperature: z.number().positive().default(1),
  /** How a photo is looked at; the probabilities are averaged. */
  looks: z.array(z.enum(photoLooks)).min(1).default(["whole"]),
  layers: z.array(LayerHeader).min(1).max(256),
});

export interface Shape {
  height: number;
  width: number;
  channels: number;
}

/** A layer's parameters, as they are in the file. */
export interface Parameters {
  rows: number;
  scales: Float32Array;
  biases: Float32Array;
  weights: Int8Array;
}

interface WithShapes {
  input: Shape;
  output: Shape;
}

interface Weighted extends WithShapes {
  kind: "convolution" | "depthwise" | "pointwise";
  stride: 1 | 2;
  activation: "none" | "relu6";
  parameters: Parameters;
}

export type Layer =
  | Weighted
  | (WithShapes & { kind: "add"; layer: number })
  | (WithShapes & { kind: "pool" });

export type Weights = Omit<z.infer<typeof Header>, "layers"> & { layers: readonly Layer[] };

/** The bytes are no weights file, or its layers do not fit together. */
export class InvalidWeights extends Error {
  override readonly name = "InvalidWeights";
}

/**
 * Parses a weights file. The parameters are views of `bytes`.
 * @throws InvalidWeights
 */
export function parseWeights(bytes: ArrayBuffer): Weights {
  const end = headerEnd(bytes);
  const { layers: layerHeaders, ...header } = parseHeader(bytes.slice(4, end));
  const read = parameterReader(bytes, end);
  const layers: Layer[] = [];
  let input: Shape = { height: header.size, width: header.size, channels: 3 };
  for (const layerHeader of layerHeaders) {
    if (layers.length === 0 ? layerHeader.kind !== "convolution" : input.channels % 8 !== 0)
      throw new InvalidWeights(`Layer ${layers.length} does not take ${input.channels} channels.`);
    const layer = layerOf(layerHeader, input, layers, read);
    layers.push(layer);
    input = layer.output;
  }
  if (read.offset() !== bytes.byteLength)
    throw new InvalidWeights("The file is longer than its layers.");
  if (input.height !== 1 || input.width !== 1 || input.channels !== header.classes.length)
    throw new InvalidWeights("The last layer has not one output for each class.");
  return { ...header, layers };
}

function headerEnd(bytes: ArrayBuffer): number {
  const length = bytes.byteLength < 4 ? Infinity : new DataView(bytes).getUint32(0, true);
  const end = 4 + length;
  if (end > bytes.byteLength) throw new InvalidWeights("The file ends within its header.");
  if (end % 4 !== 0) throw new InvalidWeights("The header's length is no multiple of 4.");
  return end;
}

function parseHeader(bytes: ArrayBuffer) {
  try {
    return Header.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    // It is no JSON, or not of this schema.
    throw new InvalidWeights("The header is not as described.", { cause });
  }
}

function parameterReader(bytes: ArrayBuffer, start: number) {
  let offset = start;
  const take = (length: number) => {
    const at = offset;
    offset += Math.ceil(length / 4) * 4;
    if (offset > bytes.byteLength)
      throw new InvalidWeights("The file ends before the parameters of its layers.");
    return at;
  };
  return {
    offset: () => offset,
    parameters: (rows: number, outputs: number): Parameters => ({
      rows,
      scales: new Float32Array(bytes, take(4 * outputs), outputs),
      biases: new Float32Array(bytes, take(4 * outputs), outputs),
      weights: new Int8Array(bytes, take(rows * outputs), rows * outputs),
    }),
  };
}

function layerOf(
  header: LayerHeader,
  input: Shape,
  before: readonly Layer[],
  read: ReturnType<typeof parameterReader>,
): Layer {
  const { channels } = input;
  switch (header.kind) {
    case "add": {
      const other = before[header.layer]?.output;
      if (!other || !isSameShape(other, input))
        throw new InvalidWeights(
          `Layer ${before.length} adds layer ${header.layer}, which does not fit.`,
        );
      return { kind: "add", layer: header.layer, input, output: input };
    }
    case "pool":
      return { kind: "pool", input, output: { height: 1, width: 1, channels } };
    case "pointwise": {
      const { kind, activation, outputs } = header;
      const output = { ...input, channels: outputs };
      const parameters = read.parameters(channels, outputs);
      return { kind, activation, stride: 1, input, output, parameters };
    }
    case "depthwise":
    case "convolution": {
      const { kind, activation, stride } = header;
      const [outputs, rows] =
        header.kind === "depthwise" ? [channels, 9] : [header.outputs, 9 * channels];
      const [height, width] = [Math.ceil(input.height / stride), Math.ceil(input.width / stride)];
      const output = { height, width, channels: outputs };
      return {
        kind,
        activation,
        stride,
        input,
        output,
        parameters: read.parameters(rows, outputs),
      };
    }
  }
}

const isSameShape = (a: Shape, b: Shape) =>
  a.height === b.height && a.width === b.width && a.channels === b.channels;
