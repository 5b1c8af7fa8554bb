import { describe, expect, it } from "vitest";
import type { Pixels } from "../../src/images/pixels/read-pixels.ts";
import plain from "../../src/photo-model/kernel-plain.wasm";
import simd from "../../src/photo-model/kernel-simd.wasm";
import { growMemory, newKernel } from "../../src/photo-model/kernel.ts";
import { writePhotoInput } from "../../src/photo-model/photo-input.ts";
import type { PhotoLook } from "../../src/photo-model/photo-looks.ts";

/** A picture whose red channel is as given; green is 255, blue is 0. */
const redPixels = (rows: readonly (readonly number[])[]) => ({
  width: rows[0]?.length ?? 0,
  height: rows.length,
  data: Uint8Array.from(rows.flat().flatMap((red) => [red, 255, 0, 255])),
});
/** The red channel of an input, as bytes. */
const redsOf = (input: Float32Array) =>
  [...input].filter((_, index) => index % 3 === 0).map((value) => Math.round((value + 1) * 127.5));

describe.each([
  ["with SIMD", simd],
  ["without SIMD", plain],
])("writePhotoInput %s", (_, module) => {
  function photoInput(pixels: Pixels, look: PhotoLook, size: number): Float32Array {
    const kernel = newKernel({ simd: () => module, plain: () => module });
    const input = 1_024;
    const scratch = input + 12 * size * size + 16;
    growMemory(kernel.memory, scratch);
    writePhotoInput(kernel, { pixels, look, size, scratch, input });
    return new Float32Array(kernel.memory.buffer, input, 3 * size * size);
  }

  it("maps bytes to values from -1 to 1", () => {
    const input = photoInput(
      { width: 1, height: 1, data: Uint8Array.of(0, 255, 51, 9) },
      "whole",
      1,
    );
    expect([...input].map((value) => value.toFixed(5))).toEqual([
      "-1.00000",
      "1.00000",
      "-0.60000",
    ]);
  });

  it("averages the area that a value covers, parts of pixels by their share", () => {
    const pixels = redPixels([[0, 90, 240]]);
    expect(redsOf(photoInput(pixels, "whole", 2))).toEqual([30, 190, 30, 190]);
  });

  it("squashes a tall photo to a square, and enlarges a small one", () => {
    const tall = redPixels([[10], [20], [30], [40]]);
    expect(redsOf(photoInput(tall, "whole", 2))).toEqual([15, 15, 35, 35]);
    expect(redsOf(photoInput(redPixels([[10, 20]]), "whole", 4)).slice(0, 4)).toEqual([
      10, 10, 20, 20,
    ]);
  });

  it("turns left and right around for the mirror image", () => {
    const pixels = redPixels([
      [10, 20],
      [30, 40],
    ]);
    expect(redsOf(photoInput(pixels, "mirrored", 2))).toEqual([20, 10, 40, 30]);
  });

  it("leaves a tenth out on each side for the centre", () => {
    const row = [200, 1, 2, 3, 4, 5, 6, 7, 8, 200];
    const rows = Array.from({ length: 10 }, (_, y) => (y % 9 === 0 ? row.map(() => 200) : row));
    expect(redsOf(photoInput(redPixels(rows), "centre", 8)).slice(0, 8)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
  });
});
