import { type Frame, readFrame } from "./frame.ts";
import { eventSource, webSocket } from "./transports.ts";

/**
 * What is heard of a scan: its events in order, each once, between them text that it generates, and
 * how the connection is.
 */
export type News =
  | { type: "frame"; frame: Frame }
  | { type: "connected" }
  | { type: "lost" }
  /** There is no such scan any more. */
  | { type: "gone" };

export interface FollowOptions {
  /** The `stream_url` of the submit's answer, relative to the page or whole. */
  streamUrl: string;
  /** The seq after which to begin; from the first frame by default. */
  after?: number;
  /** Asks where the scan is followed now, after a stream did not open; null when that was not learned. */
  renew: (signal: AbortSignal) => Promise<{ url: string } | "gone" | null>;
  /** Ends the following. */
  signal: AbortSignal;
}

/** How many sockets may fail to open before the event stream is followed instead. */
const maxUnopenedSockets = 2;
const backoff = { baseMs: 400, capMs: 10_000 };

/**
 * Follows a scan to its end, whatever the network does: reconnects where it left off, over
 * WebSocket or, where that does not open, over server-sent events. Returns after `done` or `gone`.
 */
export async function* followScan({
  streamUrl,
  after = -1,
  renew,
  signal,
}: FollowOptions): AsyncGenerator<News, void> {
  let url = new URL(streamUrl, globalThis.location?.href);
  let cursor = after;
  let unopenedSockets = "WebSocket" in globalThis ? 0 : maxUnopenedSockets;
  let failures = 0;
  while (!signal.aborted) {
    const transport = unopenedSockets < maxUnopenedSockets ? webSocket : eventSource;
    url.searchParams.set("after", String(cursor));
    const signals = transport(url, signal).getReader();
    let opened = false;
    try {
      for (;;) {
        const { value, done } = await signals.read();
        if (done) break;
        if (value.type === "open") {
          opened = true;
          failures = 0;
          yield { type: "connected" };
        } else if (value.type === "interrupted") {
          yield { type: "lost" };
        } else {
          const frame = readFrame(value.text);
          if (!frame) continue;
          if (frame.status !== "delta") {
            if (frame.seq <= cursor) continue;
            cursor = frame.seq;
          }
          yield { type: "frame", frame };
          if (frame.stage === "done") return;
        }
      }
    } finally {
      await signals.cancel();
    }
    if (signal.aborted) return;
    yield { type: "lost" };
    if (!opened) {
      // Neither a socket nor an event source tells why it did not open: the address may be too old.
      const renewed = await renew(signal);
      if (renewed === "gone") {
        yield { type: "gone" };
        return;
      }
      if (renewed !== null) url = new URL(renewed.url, globalThis.location?.href);
      if (transport === webSocket) unopenedSockets++;
    }
    await pause(failures++, signal);
  }
}

/** Waits longer after each failure, but no longer than until the device is online again. */
function pause(failures: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(backoff.capMs, backoff.baseMs * 2 ** failures);
  return new Promise((resolve) => {
    const timer = setTimeout(resume, longest * (0.5 + Math.random() / 2));
    globalThis.addEventListener("online", resume);
    signal.addEventListener("abort", resume);
    function resume() {
      clearTimeout(timer);
      globalThis.removeEventListener("online", resume);
      signal.removeEventListener("abort", resume);
      resolve();
    }
  });
}
