import { ApiError, isTransient } from "./api-error.ts";
import type { Connection } from "./connection.ts";
import { type Frame, readFrame } from "./frame.ts";
import { sleep } from "./sleep.ts";
import { sseTransport } from "./transports/sse-transport.ts";
import type { Signal } from "./transports/transport.ts";
import { type SocketConstructor, webSocketTransport } from "./transports/websocket-transport.ts";
import type { Snapshot } from "./wire.ts";

/** The events of a scan in order, each once, the partial text between them, and the connection's state. */
export type StreamEvent =
  | { type: "frame"; frame: Frame }
  | { type: "connected" }
  | { type: "disconnected" }
  /** The server has no such scan any more. */
  | { type: "not_found" };

export interface SubmittedScan {
  jobId: string;
  /** As the server returned it. */
  streamUrl?: string | undefined;
}

export interface FollowOptions {
  /** The cursor: only events with a greater `seq` follow. Defaults to -1, all events. */
  after?: number | undefined;
  /** Defaults to WebSocket, and to server-sent events where no socket opens. */
  transport?: "websocket" | "sse" | undefined;
  /** Ends the stream; the scan itself goes on. */
  signal?: AbortSignal | undefined;
  /** Fetches a new stream URL: without one, and when it expires. Defaults to the scan's snapshot. */
  renewStreamUrl?: ((signal: AbortSignal) => Promise<string | undefined>) | undefined;
}

/** After so many sockets that did not open, the client falls back to server-sent events. */
const maxUnopenedSockets = 2;
const backoff = { baseMs: 400, capMs: 10_000 };

/**
 * Follows a scan to its end, and reconnects where a connection broke off. Returns after `done` or
 * `not_found`, or when the signal aborts. Rejects with an `ApiError` when the server refuses access.
 */
export async function* followScan(
  connection: Connection,
  WebSocket: SocketConstructor | null,
  { jobId, streamUrl }: SubmittedScan,
  options: FollowOptions = {},
): AsyncGenerator<StreamEvent, void> {
  const { after = -1, transport, signal = new AbortController().signal } = options;
  const renew =
    options.renewStreamUrl ?? ((signal) => snapshotStreamUrl(connection, jobId, signal));
  const sse = sseTransport(connection);
  const socket = WebSocket && transport !== "sse" ? webSocketTransport(WebSocket) : null;
  const maxUnopened = transport === "websocket" ? Infinity : maxUnopenedSockets;
  const cursor: Cursor = { seq: after, gapAfter: null };
  let url = streamUrl === undefined ? null : connection.urlOf(streamUrl);
  let unopenedSockets = 0;
  let failures = 0;
  while (!signal.aborted) {
    const connect = socket && unopenedSockets < maxUnopened ? socket : sse;
    let waitMs = 0;
    let opened = false;
    if (url) {
      if (cursor.seq >= 0) url.searchParams.set("after", String(cursor.seq));
      const ending = yield* readConnection(connect(url, signal).getReader(), cursor);
      if (ending.done || signal.aborted) return;
      yield { type: "disconnected" };
      ({ opened, waitMs } = ending);
      if (ending.frames > 0) failures = 0;
      if (!opened && connect === socket) unopenedSockets++;
    }
    if (!opened) {
      // A socket gives no reason for not opening: the URL may have expired.
      const renewed = await renewedUrl(() => renew(signal), signal);
      if (renewed === "not_found") {
        yield { type: "not_found" };
        return;
      }
      const isFirst = url === null && renewed.url !== undefined;
      if (renewed.url !== undefined) url = connection.urlOf(renewed.url);
      if (isFirst) continue;
      waitMs = Math.max(waitMs, renewed.waitMs);
    }
    await sleep(Math.max(backoffMs(failures++), waitMs * (1 + Math.random() / 4)), signal);
  }
}

interface Cursor {
  seq: number;
  /** The `seq` before an unreadable event that was already requested again; null before any. */
  gapAfter: number | null;
}

/** How a connection ended. */
interface Ending {
  opened: boolean;
  frames: number;
  /** Whether the scan's last event has arrived. */
  done: boolean;
  /** Ms that the server asks to wait. */
  waitMs: number;
}

/** Reads one connection to its end, and advances the cursor. */
async function* readConnection(
  signals: ReadableStreamDefaultReader<Signal>,
  cursor: Cursor,
): AsyncGenerator<StreamEvent, Ending> {
  const ending: Ending = { opened: false, frames: 0, done: false, waitMs: 0 };
  try {
    for (;;) {
      const { value, done } = await signals.read();
      if (done) return ending;
      if (value.type === "open") {
        ending.opened = true;
        yield { type: "connected" };
      } else if (value.type === "ended") {
        return { ...ending, done: true };
      } else if (value.type === "wait") {
        ending.waitMs = value.ms;
      } else {
        const frame = readFrame(value.text);
        if (!frame) continue;
        if (frame.status !== "delta") {
          if (frame.seq <= cursor.seq) continue;
          if (frame.seq > cursor.seq + 1 && cursor.gapAfter !== cursor.seq) {
            // An event in between was unreadable: the next connection requests it once more.
            cursor.gapAfter = cursor.seq;
            return ending;
          }
          cursor.seq = frame.seq;
        }
        ending.frames++;
        yield { type: "frame", frame };
        if (frame.stage === "done" && frame.status === "completed")
          return { ...ending, done: true };
      }
    }
  } finally {
    await signals.cancel();
  }
}

/** Exponential, with half of it jitter. */
const backoffMs = (failures: number): number =>
  Math.min(backoff.capMs, backoff.baseMs * 2 ** failures) * (0.5 + Math.random() / 2);

/** A fresh stream URL, if there is one now, and the ms that the server asks to wait. */
async function renewedUrl(
  renew: () => Promise<string | undefined>,
  signal: AbortSignal,
): Promise<{ url?: string | undefined; waitMs: number } | "not_found"> {
  try {
    return { url: await renew(), waitMs: 0 };
  } catch (error) {
    if (signal.aborted) return { waitMs: 0 };
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 404) return "not_found";
    if (!isTransient(error) && error.status >= 400) throw error;
    return { waitMs: (error.retryAfter ?? 0) * 1000 };
  }
}

/** A stream URL is valid for ten minutes; every snapshot has a new one. */
async function snapshotStreamUrl(
  { requestJson }: Connection,
  jobId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = `/api/v1/scan/${encodeURIComponent(jobId)}`;
  return (await requestJson<Partial<Snapshot>>(path, { signal, attempts: 1 })).stream_url;
}
