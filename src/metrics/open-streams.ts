import { metrics } from "./metrics-buffer.ts";

/** The streams of an isolate that has not written for this long are not counted, ms: 4 keepalives. */
export const streamExpiryMs = 60_000;

/** Call it when a client opens a stream. */
export function streamOpened({ DB }: Pick<Env, "DB">): void {
  metrics.addStreams(1);
  void metrics.flush(DB);
}

/** Call it with each keepalive. */
export function streamAlive({ DB }: Pick<Env, "DB">): void {
  void metrics.flush(DB);
}

/** Call it once, when the stream ends or its client leaves. */
export function streamClosed({ DB }: Pick<Env, "DB">): void {
  metrics.addStreams(-1);
  void metrics.flush(DB);
}
