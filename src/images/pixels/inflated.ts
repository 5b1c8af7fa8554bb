import { Readable } from "node:stream";
import { constants, createInflate } from "node:zlib";

/** Of the compressed bytes. Deflate makes at most a thousand times as many. */
const pieceBytes = 4_096;

/**
 * Inflates a zlib stream as far as it is read. It ends early where the stream is damaged or cut short. Not by
 * `DecompressionStream`: workerd's inflates whatever is written, read or not, and drops it all at an error.
 */
export async function* inflated(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  const source = Readable.from(piecesOf(parts), { objectMode: false });
  const inflate = createInflate({ finishFlush: constants.Z_SYNC_FLUSH });
  try {
    yield* source.pipe(inflate);
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
}

function* piecesOf(parts: readonly Uint8Array[]) {
  for (const part of parts) {
    for (let at = 0; at < part.length; at += pieceBytes) yield part.subarray(at, at + pieceBytes);
  }
}

/** An error of zlib. */
const isDamage = (error: unknown): boolean =>
  error instanceof Error && "code" in error && String(error.code).startsWith("Z_");
