/** In UTF-16 units: far below the 2 MB that D1 allows for a bound value. */
const chunkSize = 400_000;

/** Splits items into JSON arrays, in order, each small enough to be bound to one statement. */
export function jsonChunks(items: readonly object[]): string[] {
  const chunks: string[][] = [];
  let size = Infinity;
  for (const item of items) {
    const line = JSON.stringify(item);
    if (size + line.length > chunkSize) {
      chunks.push([]);
      size = 0;
    }
    chunks.at(-1)?.push(line);
    size += line.length;
  }
  return chunks.map((lines) => `[${lines.join(",")}]`);
}
