import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { compileKernel, kernelBuilds } from "../../scripts/kernel/compile-kernel.ts";

describe("the modules of the photo model's kernel", () => {
  it.each(kernelBuilds)("are what the source compiles to: %s", async (build) => {
    const checkedIn = await readFile(`src/photo-model/kernel-${build}.wasm`);
    expect(Buffer.compare(checkedIn, await compileKernel(build))).toBe(0);
  });
});
