import { registerHooks } from "node:module";

/**
 * Lets Node import wasm as Workers do: as a compiled module that is the default export. For imports after the
 * call.
 */
export function allowWasmImports(): void {
  registerHooks({
    load(url, context, next) {
      if (!url.endsWith(".wasm")) return next(url, context);
      const source = `import { readFileSync } from "node:fs";
        export default new WebAssembly.Module(readFileSync(new URL(${JSON.stringify(url)})));`;
      return { format: "module", source, shortCircuit: true };
    },
  });
}
