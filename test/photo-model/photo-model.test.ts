import { describe, expect, it, vi } from "vitest";
import plain from "../../src/photo-model/kernel-plain.wasm";
import simd from "../../src/photo-model/kernel-simd.wasm";
import { photoModelOf } from "../../src/photo-model/photo-model.ts";
import { buildSmallModel } from "../support/build-weights.ts";
import { seededInteger } from "../support/seeded-random.ts";

const kernel = { simd: () => simd, plain: () => plain };
const below = seededInteger(3);
const photo = {
  width: 20,
  height: 12,
  data: Uint8Array.from({ length: 20 * 12 * 4 }, () => below(256)),
};
const look = (header: Record<string, unknown>) =>
  photoModelOf(buildSmallModel(header), kernel).look(photo);
const rounded = (numbers: readonly number[]) => numbers.map((number) => number.toFixed(5));

describe("photoModelOf", () => {
  it("names the classes and gives each a probability", () => {
    const model = photoModelOf(buildSmallModel(), kernel);
    const probabilities = model.look(photo);
    expect(model.classes).toEqual(["glass", "metal", "paper"]);
    expect(model.size).toBe(9);
    expect(probabilities.reduce((sum, each) => sum + each)).toBeCloseTo(1);
    expect(Math.min(...probabilities)).toBeGreaterThan(0);
  });

  it("answers the same when it looks again", () => {
    const model = photoModelOf(buildSmallModel(), kernel);
    expect(model.look(photo)).toEqual(model.look(photo));
  });

  it("divides the logits by the temperature", () => {
    const [a = 0, b = 0] = look({});
    const [c = 0, d = 0] = look({ temperature: 2 });
    expect(Math.log(c / d)).toBeCloseTo(Math.log(a / b) / 2);
  });

  it("averages the probabilities of the looks", () => {
    const [whole, mirrored, centre] = ["whole", "mirrored", "centre"].map((name) =>
      look({ looks: [name] }),
    );
    const means = whole?.map(
      (_, index) =>
        [whole, mirrored, centre].reduce((sum, each) => sum + (each?.[index] ?? 0), 0) / 3,
    );
    expect(whole).not.toEqual(mirrored);
    expect(whole).not.toEqual(centre);
    expect(rounded(look({ looks: ["whole", "mirrored", "centre"] }))).toEqual(rounded(means ?? []));
  });

  it("computes without SIMD when the engine refuses the module with it", () => {
    const usePlain = vi.fn(() => plain);
    const refused = () => {
      throw new WebAssembly.CompileError("SIMD is not supported");
    };
    const model = photoModelOf(buildSmallModel(), { simd: refused, plain: usePlain });
    expect(usePlain).toHaveBeenCalledOnce();
    expect(rounded(model.look(photo))).toEqual(rounded(look({})));
  });

  it("does not need the plain module when there is SIMD", () => {
    const usePlain = vi.fn(() => plain);
    photoModelOf(buildSmallModel(), { simd: () => simd, plain: usePlain });
    expect(usePlain).not.toHaveBeenCalled();
  });
});
