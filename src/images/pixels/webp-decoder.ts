// libwebp without its encoder: the smallest of the kept builds (42 KB gzipped; @jsquash/webp has 59), and the
// one that gives its pixels without a copy. The package's own module reads its wasm from a file.
import libwebp from "@cwasm/webp/webp.wasm";
import { z } from "zod";

type Call = (...values: number[]) => number;
const Call = z.custom<Call>((it) => typeof it === "function");
const Decoder = z.object({
  memory: z.instanceof(WebAssembly.Memory),
  malloc: Call,
  free: Call,
  /** Of the input and its length; where to write width and height. Where the pixels are, 0 for none. */
  WebPDecodeRGBA: Call,
});

/** A memory cannot shrink: one that has grown beyond this is not used again. */
const maxIdleBytes = 16 * 1024 * 1024;
let idle: z.infer<typeof Decoder> | null = null;

/**
 * Decodes a WebP of one picture.
 *
 * @param use Is given the pixels, which are gone when it returns.
 * @returns Null when the picture is damaged.
 */
export function decodeWebp<Result>(
  file: Uint8Array,
  use: (rgba: Uint8Array, width: number, height: number) => Result,
): Result | null {
  const decoder = idle ?? newDecoder();
  // After an exception it is not used again.
  idle = null;
  const { memory, malloc, free, WebPDecodeRGBA } = decoder;
  const sizeBytes = 8;
  const input = malloc(sizeBytes + file.length);
  if (input === 0) return null;
  new Uint8Array(memory.buffer).set(file, input + sizeBytes);
  const pixels = WebPDecodeRGBA(input + sizeBytes, file.length, input, input + 4);
  const [width = 0, height = 0] = new Uint32Array(memory.buffer, input, 2);
  free(input);
  if (pixels === 0) return keep(null);
  const result = use(new Uint8Array(memory.buffer, pixels, 4 * width * height), width, height);
  free(pixels);
  return keep(result);

  function keep<Value>(value: Value): Value {
    if (memory.buffer.byteLength <= maxIdleBytes) idle = decoder;
    return value;
  }
}

const noFiles = () => {
  throw new Error("The decoder has no files.");
};

function newDecoder() {
  const { exports } = new WebAssembly.Instance(libwebp, {
    wasi_snapshot_preview1: { fd_close: noFiles, fd_seek: noFiles, fd_write: noFiles },
  });
  return Decoder.parse(exports);
}
