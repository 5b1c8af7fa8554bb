import { z } from "zod";

const operation = z.custom<(...values: number[]) => void>((value) => typeof value === "function");

/** What `kernel.as.ts` exports, where the functions are described. */
export const Kernel = z.object({
  memory: z.instanceof(WebAssembly.Memory),
  lanes: z.instanceof(WebAssembly.Global).transform(({ value }) => z.literal([1, 4]).parse(value)),
  pointwise: operation,
  depthwise: operation,
  gatherWindows: operation,
  add: operation,
  pool: operation,
  averageAreas: operation,
});
export type Kernel = z.infer<typeof Kernel>;

const pageBytes = 65_536;

/** Makes a memory at least so many bytes long. Views of it are void then. */
export function growMemory(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
}

/** The compiled kernel. Each function may throw, as where an engine lacks SIMD. */
export interface KernelModules {
  simd: () => WebAssembly.Module;
  plain: () => WebAssembly.Module;
}

function instantiate({ simd, plain }: KernelModules): WebAssembly.Instance {
  try {
    return new WebAssembly.Instance(simd());
  } catch {
    // The engine refuses the instructions.
    return new WebAssembly.Instance(plain());
  }
}

/** A kernel with its own memory. */
export const newKernel = (modules: KernelModules): Kernel =>
  Kernel.parse(instantiate(modules).exports);
