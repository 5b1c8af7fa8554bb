import { main } from "assemblyscript/asc";

const features = {
  simd: ["--enable", "simd", "--enable", "relaxed-simd"],
  plain: ["--disable", "simd"],
};

export type KernelBuild = keyof typeof features;
export const kernelBuilds: readonly KernelBuild[] = ["simd", "plain"];

const source = "src/photo-model/kernel.as.ts";

/**
 * The kernel's module, the same bytes for the same source.
 * @throws Error with the compiler's messages.
 */
export async function compileKernel(build: KernelBuild): Promise<Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const messages: string[] = [];
  const { error } = await main(
    [
      source,
      "--outFile",
      "kernel.wasm",
      "-O3",
      "--runtime",
      "stub",
      "--noAssert",
      ...features[build],
    ],
    {
      stderr: { write: (message) => void messages.push(String(message)) },
      writeFile: (name, contents) => {
        files.set(
          name,
          typeof contents === "string" ? new TextEncoder().encode(contents) : contents,
        );
      },
    },
  );
  const module = files.get("kernel.wasm");
  if (error || !module) throw new Error(messages.join(""), { cause: error });
  return module;
}
