/** Appends bytes to a buffer of fixed size, so that a photo in a million pieces needs no more memory. */
export interface Writer {
  write: (bytes: Uint8Array) => void;
  written: () => Uint8Array;
}

/** @param capacity In bytes; writing more throws a RangeError. */
export function writerOf(capacity: number): Writer {
  const buffer = new Uint8Array(capacity);
  let at = 0;
  return {
    write(bytes) {
      buffer.set(bytes, at);
      at += bytes.length;
    },
    written: () => buffer.subarray(0, at),
  };
}
