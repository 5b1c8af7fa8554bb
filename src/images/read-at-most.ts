import { joined } from "./clean/byte-reader.ts";

/** Reads a body of so many bytes at most, whatever length it has declared. Throws what `tooLarge` makes. */
export async function readAtMost(
  { body }: { body: ReadableStream<Uint8Array> | null },
  max: number,
  tooLarge: () => Error,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body ?? []) {
    length += part.length;
    if (length > max) throw tooLarge();
    parts.push(part);
  }
  return joined(parts);
}
