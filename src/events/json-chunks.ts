/** In UTF-16 units: far below the 2 MB that D1 allows for a bound value. */
const chunkSize = 400_000;

/** Splits items into JSON arrays, in order, each small enough to be bound to one statement. */
export function jsonChunks(items: readonly object[]): string[] {
  const chunks: string[] = [];
  let lines: string[] = [];
  let size = 0;
  for (const item of items) {
    const line = JSON.stringify(item);
    if (lines.length > 0 && size + line.length > chunkSize) {
      chunks.push(`[${lines.join(",")}]`);
      lines = [];
      size = 0;
    }
    lines.push(line);
    size += line.length;
  }
  if (lines.length > 0) chunks.push(`[${lines.join(",")}]`);
  return chunks;
}
