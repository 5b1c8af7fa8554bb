import { describe, expect, it } from "vitest";
import { InvalidWeights, parseWeights } from "../../src/photo-model/weights-file.ts";
import { buildSmallModel, buildWeights, layerBuilder } from "../support/build-weights.ts";

const layer = layerBuilder(1);
const convolution = layer({ kind: "convolution", outputs: 8, stride: 2 }, 27, 8);
const pool = { header: { kind: "pool" } };
const classifier = layer({ kind: "pointwise", outputs: 2 }, 8, 2);
const header = { size: 4, classes: ["glass", "metal"] };

describe("parseWeights", () => {
  it("gives each layer the shapes that follow from the layers before it", () => {
    const { layers } = parseWeights(buildSmallModel());
    expect(
      layers.map(({ kind, output: { height, width, channels } }) => [
        kind,
        height,
        width,
        channels,
      ]),
    ).toEqual([
      ["convolution", 5, 5, 8],
      ["depthwise", 5, 5, 8],
      ["pointwise", 5, 5, 8],
      ["add", 5, 5, 8],
      ["depthwise", 3, 3, 8],
      ["pool", 1, 1, 8],
      ["pointwise", 1, 1, 3],
    ]);
  });

  it("reads the parameters of a layer behind another one", () => {
    const { layers } = parseWeights(buildWeights(header, [convolution, pool, classifier]));
    const [read] = layers.slice(-1);
    if (read?.kind !== "pointwise") throw new Error("The last layer is pointwise.");
    const { rows, scales, biases, weights } = read.parameters;
    const { parameters } = classifier;
    expect(rows).toBe(8);
    expect([...weights]).toEqual(parameters?.weights);
    expect([...scales]).toEqual([...Float32Array.from(parameters?.scales ?? [])]);
    expect([...biases]).toEqual([...Float32Array.from(parameters?.biases ?? [])]);
  });

  it("takes weights that are padded at the end", () => {
    const narrow = layer({ kind: "convolution", outputs: 3 }, 27, 3);
    const file = buildWeights({ size: 1, classes: ["glass", "metal", "paper"] }, [narrow]);
    expect(parseWeights(file).layers).toHaveLength(1);
  });

  it("divides by 1 and looks once where the header does not say", () => {
    const { temperature, looks } = parseWeights(buildSmallModel());
    expect({ temperature, looks }).toEqual({ temperature: 1, looks: ["whole"] });
  });

  const file = buildWeights(header, [convolution, pool, classifier]);
  it.each([
    ["no byte", new ArrayBuffer(0), "ends within its header"],
    ["half a header", file.slice(0, 40), "ends within its header"],
    ["one byte less", file.slice(0, -1), "ends before the parameters"],
    [
      "one byte more",
      new Uint8Array([...new Uint8Array(file), 0]).buffer,
      "longer than its layers",
    ],
    ["a header that is no JSON", new Uint8Array([4, 0, 0, 0, 123, 123, 123, 123]).buffer, "header"],
    ["an unaligned header", new Uint8Array([3, 0, 0, 0, 32, 123, 125]).buffer, "multiple of 4"],
    [
      "a layer of an unknown kind",
      buildWeights(header, [{ header: { kind: "recurrent" } }]),
      "header is not as described",
    ],
    [
      "a setting that no layer has",
      buildWeights(header, [convolution, { header: { kind: "pool", stride: 2 } }]),
      "header is not as described",
    ],
    [
      "a layer without its parameters",
      buildWeights(header, [convolution, pool, { header: { kind: "pointwise", outputs: 2 } }]),
      "ends before the parameters",
    ],
    [
      "a layer that adds one behind it",
      buildWeights(header, [convolution, { header: { kind: "add", layer: 2 } }, pool]),
      "Layer 1 adds layer 2",
    ],
    [
      "a layer that adds one of another shape",
      buildWeights(header, [convolution, pool, { header: { kind: "add", layer: 0 } }]),
      "Layer 2 adds layer 0",
    ],
    [
      "a layer of the photo that is no convolution",
      buildWeights(header, [pool]),
      "Layer 0 does not take 3",
    ],
    [
      "a layer of channels that are no multiple of 8",
      buildWeights(header, [convolution, classifier, pool]),
      "Layer 2 does not take 2",
    ],
    [
      "a class without an output",
      buildWeights({ ...header, classes: ["a"] }, [convolution, pool, classifier]),
      "each class",
    ],
    ["logits of every pixel", buildWeights(header, [convolution, classifier]), "each class"],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => parseWeights(bytes)).toThrow(InvalidWeights);
    expect(() => parseWeights(bytes)).toThrow(message);
  });
});
