/** `npm run kernel`: compiles the photo model's kernel to the modules beside it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compileKernel, kernelBuilds } from "./kernel/compile-kernel.ts";

const folder = join(import.meta.dirname, "../src/photo-model");
for (const build of kernelBuilds)
  await writeFile(join(folder, `kernel-${build}.wasm`), await compileKernel(build));
