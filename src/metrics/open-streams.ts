import { metrics } from "./metrics-buffer.ts";

/** The streams of an isolate that has not written for this long are not counted, ms: 4 keepalives. */
export const streamExpiryMs = 60_000;

/**
 * Counts a stream when it opens (1) and when it closes (-1). Call it with 0 at each keepalive. Resolves when the
 * count is written: the request has to wait for it, since it ends with its stream.
 */
export async function countStreams({ DB }: Pick<Env, "DB">, change: 1 | 0 | -1): Promise<void> {
  metrics.addStreams(change);
  await metrics.flush(DB);
}
