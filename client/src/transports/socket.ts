import { signals, type Transport } from "./transport.ts";

/** As much of a WebSocket as is needed here. */
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

/** How often a socket is asked whether it is still there; one that does not answer is given up. */
const heartbeatMs = 15_000;
/** How long one may take to open: what waits for it is a resident before a still page. */
const openMs = 5_000;
const open = 1;

/** Sends the same frames as the event stream, but is not cut by proxies that buffer responses. */
export const webSocket =
  (WebSocket: SocketConstructor): Transport =>
  (streamUrl, leaving) =>
    signals(leaving, (tell, end, hungUp) => {
      const socket = openSocket(WebSocket, socketUrlOf(streamUrl));
      if (!socket) return end();
      let heard = true;
      const opening = setTimeout(() => {
        if (socket.readyState !== open) end();
      }, openMs);
      const heartbeat = setInterval(() => {
        if (!heard || socket.readyState !== open) return end();
        heard = false;
        socket.send("ping");
      }, heartbeatMs);
      socket.addEventListener("open", () => tell({ type: "open" }));
      socket.addEventListener("message", (event) => {
        heard = true;
        const data = "data" in event ? event.data : null;
        if (typeof data === "string" && data !== "pong") tell({ type: "text", text: data });
      });
      // Some tell of a socket that did not open by nothing but an error.
      socket.addEventListener("error", end);
      socket.addEventListener("close", end);
      hungUp.addEventListener("abort", () => {
        clearTimeout(opening);
        clearInterval(heartbeat);
        socket.close();
      });
    });

/** Where the frames of an event stream come as WebSocket messages; the same key opens both. */
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
    // A policy or an extension that forbids sockets throws: the same as one that never opens.
    return null;
  }
}
