import { seededRandom } from "./seeded-random.ts";

/** A layer of a weights file with its parameters, where it has any. */
export interface BuiltLayer {
  header: Record<string, unknown>;
  parameters?: { scales: number[]; biases: number[]; weights: number[] };
}

/** Makes layers with random parameters from a seed. */
export function layerBuilder(seed: number) {
  const random = seededRandom(seed);
  const between = (least: number, most: number) => least + random() * (most - least);
  const some = (count: number, make: () => number) => Array.from({ length: count }, make);
  return (header: Record<string, unknown>, rows: number, outputs: number): BuiltLayer => ({
    header,
    parameters: {
      scales: some(outputs, () => between(0.001, 0.004)),
      biases: some(outputs, () => between(-0.5, 0.5)),
      weights: some(rows * outputs, () => Math.round(between(-127, 127))),
    },
  });
}

const padded = (bytes: Uint8Array, filler: number) => {
  const longer = new Uint8Array(Math.ceil(bytes.length / 4) * 4).fill(filler);
  longer.set(bytes);
  return longer;
};

/** The bytes of a weights file. */
export function buildWeights(
  header: Record<string, unknown>,
  layers: readonly BuiltLayer[],
): ArrayBuffer {
  const all = { ...header, layers: layers.map(({ header }) => header) };
  const json = padded(new TextEncoder().encode(JSON.stringify(all)), 0x20);
  const parts = layers.flatMap(({ parameters }) =>
    parameters
      ? [
          new Uint8Array(Float32Array.from(parameters.scales).buffer),
          new Uint8Array(Float32Array.from(parameters.biases).buffer),
          padded(new Uint8Array(Int8Array.from(parameters.weights).buffer), 0),
        ]
      : [],
  );
  const file = new Uint8Array(4 + json.length + parts.reduce((sum, part) => sum + part.length, 0));
  new DataView(file.buffer).setUint32(0, json.length, true);
  file.set(json, 4);
  let offset = 4 + json.length;
  for (const part of parts) {
    file.set(part, offset);
    offset += part.length;
  }
  return file.buffer;
}

/** A whole model in a few kilobytes, with every kind of layer, of three classes. */
export function buildSmallModel(header: Record<string, unknown> = {}): ArrayBuffer {
  const layer = layerBuilder(7);
  return buildWeights({ size: 9, classes: ["glass", "metal", "paper"], ...header }, [
    layer({ kind: "convolution", outputs: 8, stride: 2, activation: "relu6" }, 27, 8),
    layer({ kind: "depthwise", activation: "relu6" }, 9, 8),
    layer({ kind: "pointwise", outputs: 8 }, 8, 8),
    { header: { kind: "add", layer: 0 } },
    layer({ kind: "depthwise", stride: 2 }, 9, 8),
    { header: { kind: "pool" } },
    layer({ kind: "pointwise", outputs: 3 }, 8, 3),
  ]);
}
