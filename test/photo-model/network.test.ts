import { describe, expect, it } from "vitest";
import plain from "../../src/photo-model/kernel-plain.wasm";
import simd from "../../src/photo-model/kernel-simd.wasm";
import { newKernel } from "../../src/photo-model/kernel.ts";
import { networkOf } from "../../src/photo-model/network.ts";
import { parseWeights } from "../../src/photo-model/weights-file.ts";
import { buildSmallModel, buildWeights, layerBuilder } from "../support/build-weights.ts";
import { referenceLogits } from "../support/reference-network.ts";
import { seededInteger } from "../support/seeded-random.ts";

const pool = { header: { kind: "pool" } };
const classes = Array.from("abcdefgh");

/** What the kernel and the reference make of a random photo of a seed. */
function compare(module: WebAssembly.Module, file: ArrayBuffer, seed: number) {
  const weights = parseWeights(file);
  const { size } = weights;
  const below = seededInteger(seed);
  const data = Uint8Array.from({ length: 4 * size * size }, () => below(256));
  const photo = Float32Array.from(
    data.filter((_, index) => index % 4 !== 3),
    (value) => value / 127.5 - 1,
  );
  const network = networkOf(newKernel({ simd: () => module, plain: () => module }), weights);
  const look = () => network({ width: size, height: size, data }, "whole");
  // The second run finds what the first one has left.
  look();
  return { logits: look(), reference: referenceLogits(weights, photo) };
}

function expectEqual({ logits, reference }: ReturnType<typeof compare>) {
  expect(logits).toHaveLength(reference.length);
  for (const [index, logit] of logits.entries())
    expect(Math.abs(logit - (reference[index] ?? Number.NaN))).toBeLessThan(1e-4);
}

describe.each([
  ["with SIMD", simd],
  ["without SIMD", plain],
])("the network %s", (_, module) => {
  // Odd and even sizes have other paddings; sizes of 1 and 2 have windows that are mostly outside.
  it.each([1, 2, 5, 8, 9])("convolves a photo of %i pixels with stride 2 and 1", (size) => {
    const layer = layerBuilder(size);
    for (const stride of [2, 1]) {
      const convolution = layer({ kind: "convolution", outputs: 8, stride }, 27, 8);
      expectEqual(compare(module, buildWeights({ size, classes }, [convolution, pool]), size));
    }
  });

  it.each([
    [1, 4],
    [1, 7],
    [2, 4],
    [2, 7],
  ])("convolves each channel alone with stride %i on %i pixels", (stride, size) => {
    const layer = layerBuilder(size);
    const file = buildWeights({ size, classes: [...classes, ...classes] }, [
      layer({ kind: "convolution", outputs: 16 }, 27, 16),
      layer({ kind: "depthwise", stride, activation: "relu6" }, 9, 16),
      pool,
    ]);
    expectEqual(compare(module, file, size));
  });

  // 1 and 4 pixels are fewer than are computed together, 324 are more than a tile.
  it.each([1, 2, 18])(
    "multiplies channels of %i × itself pixels, with and without ReLU6",
    (size) => {
      const layer = layerBuilder(size);
      const file = buildWeights({ size, classes }, [
        layer({ kind: "convolution", outputs: 24 }, 27, 24),
        layer({ kind: "pointwise", outputs: 40, activation: "relu6" }, 24, 40),
        layer({ kind: "pointwise", outputs: 8 }, 40, 8),
        pool,
      ]);
      expectEqual(compare(module, file, size));
    },
  );

  it("cuts values off at 0 and 6", () => {
    const cut = {
      header: { kind: "pointwise", outputs: 8, activation: "relu6" },
      parameters: {
        scales: Array<number>(8).fill(1),
        biases: [-9, -1, 0, 3, 6, 7, 9, 100],
        weights: Array<number>(64).fill(0),
      },
    };
    const first = layerBuilder(1)({ kind: "convolution", outputs: 8 }, 27, 8);
    const { logits } = compare(module, buildWeights({ size: 3, classes }, [first, cut, pool]), 1);
    expect(logits).toEqual([0, 0, 0, 3, 6, 6, 6, 6]);
  });

  it("adds an output that other layers have passed since", () => {
    const layer = layerBuilder(5);
    const file = buildWeights({ size: 6, classes }, [
      layer({ kind: "convolution", outputs: 8 }, 27, 8),
      layer({ kind: "pointwise", outputs: 48, activation: "relu6" }, 8, 48),
      layer({ kind: "depthwise", activation: "relu6" }, 9, 48),
      layer({ kind: "pointwise", outputs: 8 }, 48, 8),
      { header: { kind: "add", layer: 0 } },
      { header: { kind: "add", layer: 3 } },
      { header: { kind: "add", layer: 0 } },
      pool,
    ]);
    expectEqual(compare(module, file, 5));
  });

  it("computes a small model of every kind of layer, with three classes", () => {
    const result = compare(module, buildSmallModel(), 11);
    expect(result.logits).toHaveLength(3);
    expectEqual(result);
  });
});
