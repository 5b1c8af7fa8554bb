/** Far below the 2 MB that a value bound in D1 may have, in UTF-16 units. */
const chunkSize = 400_000;

/** The same items in order as JSON arrays, each small enough to be bound to one statement. */
export function chunksOf(items: readonly object[]): string[] {
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
