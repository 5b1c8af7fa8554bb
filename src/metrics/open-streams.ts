import { metrics } from "./ledger.ts";

/** A stream whose isolate was not heard of for so long is gone, ms: four keepalives. */
export const streamGoneMs = 60_000;

/** A client opened a stream. */
export function streamOpened({ DB }: Pick<Env, "DB">): void {
  metrics.streams(1);
  void metrics.flush(DB);
}

/** It is still open: to be said with each keepalive. */
export function streamLives({ DB }: Pick<Env, "DB">): void {
  void metrics.flush(DB);
}

/** It ended, or its client left; to be said once. */
export function streamClosed({ DB }: Pick<Env, "DB">): void {
  metrics.streams(-1);
  void metrics.flush(DB);
}
