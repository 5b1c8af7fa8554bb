/** `npm run kernel`: compiles the photo model's kernel to the modules beside it. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { commandOptions } from "./command-options.ts";
import { compileKernel, kernelBuilds } from "./kernel/compile-kernel.ts";

commandOptions(
  `Usage: npm run kernel -- [options]

  It has none: it writes the modules into src/photo-model.`,
  { options: {} },
);

const folder = join(import.meta.dirname, "../src/photo-model");
for (const build of kernelBuilds)
  await writeFile(join(folder, `kernel-${build}.wasm`), await compileKernel(build));
