import { ApiError, isPassing } from "./api-error.ts";
import type { Connection } from "./connection.ts";
import { type Frame, readFrame } from "./frame.ts";
import { pause } from "./pause.ts";
import { eventStream } from "./transports/event-stream.ts";
import { type SocketConstructor, webSocket } from "./transports/socket.ts";
import type { Signal } from "./transports/transport.ts";
import type { Snapshot } from "./wire.ts";

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

export interface Followed {
  jobId: string;
  /** Where it is followed, relative to the API or whole; asked for when it is not given. */
  streamUrl?: string | undefined;
}

export interface FollowOptions {
  /** The seq after which to begin; from the first event by default. */
  after?: number | undefined;
  /** How to follow: by default over WebSocket, and where that does not open over server-sent events. */
  transport?: "websocket" | "sse" | undefined;
  /** Ends the following; the scan goes on. */
  signal?: AbortSignal | undefined;
}

/** How many sockets may fail to open before the event stream is followed instead. */
const maxUnopenedSockets = 2;
const backoff = { baseMs: 400, capMs: 10_000 };

/**
 * Follows a scan to its end, whatever the network does: reconnects where it left off. Returns after
 * `done` or `gone`, or when the signal aborts. Rejects with an `ApiError` where it may not be followed.
 */
export async function* listen(
  connection: Connection,
  WebSocket: SocketConstructor | null,
  { jobId, streamUrl }: Followed,
  { after = -1, transport, signal = new AbortController().signal }: FollowOptions = {},
): AsyncGenerator<News, void> {
  const overEvents = eventStream(connection);
  const overSocket = WebSocket && transport !== "sse" ? webSocket(WebSocket) : null;
  const patience = transport === "websocket" ? Infinity : maxUnopenedSockets;
  const place: Place = { seq: after, missedAfter: null };
  let url = streamUrl === undefined ? null : connection.urlOf(streamUrl);
  let unopenedSockets = 0;
  let failures = 0;
  while (!signal.aborted) {
    const connect = overSocket && unopenedSockets < patience ? overSocket : overEvents;
    let waitMs = 0;
    let opened = false;
    if (url) {
      url.searchParams.set("after", String(place.seq));
      const heard = yield* hearOut(connect(url, signal).getReader(), place);
      if (heard.ended || signal.aborted) return;
      yield { type: "lost" };
      ({ opened, waitMs } = heard);
      if (heard.frames > 0) failures = 0;
      if (!opened && connect === overSocket) unopenedSockets++;
    }
    if (!opened) {
      // A socket does not tell why it did not open: the address may be too old.
      const renewed = await whereFollowed(connection, jobId, signal);
      if (renewed === "gone") {
        yield { type: "gone" };
        return;
      }
      const first = url === null && renewed.url !== null;
      url = renewed.url ?? url;
      if (first) continue;
      waitMs = Math.max(waitMs, renewed.waitMs);
    }
    await pause(Math.max(longer(failures++), waitMs * (1 + Math.random() / 4)), signal);
  }
}

/** How far a scan has been heard. */
interface Place {
  seq: number;
  /** The seq after which something could not be read; null before. */
  missedAfter: number | null;
}

interface Heard {
  opened: boolean;
  frames: number;
  /** Whether that was all of the scan. */
  ended: boolean;
  /** How long the server asks to be left alone. */
  waitMs: number;
}

/** Hears one connection out, and moves the place on. */
async function* hearOut(
  signals: ReadableStreamDefaultReader<Signal>,
  place: Place,
): AsyncGenerator<News, Heard> {
  const heard: Heard = { opened: false, frames: 0, ended: false, waitMs: 0 };
  try {
    for (;;) {
      const { value, done } = await signals.read();
      if (done) return heard;
      if (value.type === "open") {
        heard.opened = true;
        yield { type: "connected" };
      } else if (value.type === "wait") {
        heard.waitMs = value.ms;
      } else {
        const frame = readFrame(value.text);
        if (!frame) continue;
        if (frame.status !== "delta") {
          if (frame.seq <= place.seq) continue;
          if (frame.seq > place.seq + 1 && place.missedAfter !== place.seq) {
            // Something between could not be read: it is asked for once more.
            place.missedAfter = place.seq;
            return heard;
          }
          place.seq = frame.seq;
        }
        heard.frames++;
        yield { type: "frame", frame };
        if (frame.stage === "done") return { ...heard, ended: true };
      }
    }
  } finally {
    await signals.cancel();
  }
}

/** Waits longer after each failure. */
const longer = (failures: number): number =>
  Math.min(backoff.capMs, backoff.baseMs * 2 ** failures) * (0.5 + Math.random() / 2);

interface Whereabouts {
  /** Null when that was not learned. */
  url: URL | null;
  /** How long the server asks to be left alone. */
  waitMs: number;
}

/** Where a scan is followed now: an address is good for ten minutes. `gone` when there is none. */
async function whereFollowed(
  connection: Connection,
  jobId: string,
  signal: AbortSignal,
): Promise<Whereabouts | "gone"> {
  try {
    const path = `/api/v1/scan/${encodeURIComponent(jobId)}`;
    const { stream_url } = await connection.read<Partial<Snapshot>>(path, { signal, attempts: 1 });
    return { url: stream_url ? connection.urlOf(stream_url) : null, waitMs: 0 };
  } catch (error) {
    if (signal.aborted) return { url: null, waitMs: 0 };
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) return "gone";
    if (!isPassing(error) && error.status >= 400) throw error;
    return { url: null, waitMs: (error.retryAfter ?? 0) * 1000 };
  }
}
