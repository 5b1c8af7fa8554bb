import { metrics } from "./metrics-buffer.ts";

/** The streams of an isolate that has not written for this long are not counted, ms: 4 keepalives. */
export const streamExpiryMs = 60_000;

/** Counts a stream when it opens (1) and when it closes (-1). Call it with 0 at each keepalive. */
export function countStreams({ DB }: Pick<Env, "DB">, change: 1 | 0 | -1): void {
  metrics.addStreams(change);
  void metrics.flush(DB);
}
