import { signalStream, type Transport } from "./transport.ts";

/** The part of a WebSocket that the client uses. */
export interface Socket {
  readonly readyState: number;
  send: (text: string) => void;
  close: () => void;
  addEventListener: (
    type: "open" | "message" | "error" | "close",
    listener: (event: object) => void,
  ) => void;
}
export type SocketConstructor = new (url: string) => Socket;

/** How often the client pings; a socket without any message in between is closed. */
const heartbeatMs = 15_000;
/** Time for a socket to open: a resident is waiting. */
const openMs = 5_000;
const open = 1;

/** The same frames as the event stream, past proxies that buffer responses. */
export const webSocketTransport =
  (WebSocket: SocketConstructor): Transport =>
  (streamUrl, signal) =>
    signalStream(signal, (emit, end, closed) => {
      const socket = openSocket(WebSocket, socketUrlOf(streamUrl));
      if (!socket) return end();
      let alive = true;
      const opening = setTimeout(() => {
        if (socket.readyState !== open) end();
      }, openMs);
      const heartbeat = setInterval(() => {
        if (!alive || socket.readyState !== open) return end();
        alive = false;
        socket.send("ping");
      }, heartbeatMs);
      socket.addEventListener("open", () => emit({ type: "open" }));
      socket.addEventListener("message", (event) => {
        alive = true;
        const data = "data" in event ? event.data : null;
        if (typeof data === "string" && data !== "pong") emit({ type: "text", text: data });
      });
      // Some runtimes report a socket that did not open by an error alone.
      socket.addEventListener("error", end);
      socket.addEventListener("close", end);
      closed.addEventListener("abort", () => {
        clearTimeout(opening);
        clearInterval(heartbeat);
        socket.close();
      });
    });

/** The WebSocket URL of an event stream; both accept the same token. */
export function socketUrlOf(streamUrl: URL): URL {
  const url = new URL(streamUrl);
  url.protocol = url.protocol.replace("http", "ws");
  url.pathname = url.pathname.replace(/\/events$/, "/ws");
  return url;
}

function openSocket(WebSocket: SocketConstructor, url: URL): Socket | null {
  try {
    return new WebSocket(url.href);
  } catch {
    // A policy or an extension that forbids sockets makes the constructor throw.
    return null;
  }
}
