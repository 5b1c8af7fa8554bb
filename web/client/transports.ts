import type { Stage } from "./frame.ts";

/** What a transport says; its stream ends when it has given up. */
export type Signal =
  | { type: "open" }
  | { type: "text"; text: string }
  /** It lost the server and tries again by itself. */
  | { type: "interrupted" };

/** Connects to a stream, and hangs up when `leaving` aborts or its reader cancels. */
export type Transport = (streamUrl: URL, leaving: AbortSignal) => ReadableStream<Signal>;

/** How often a socket is asked whether it is still there; one that does not answer is given up. */
const heartbeatMs = 15_000;

/** Sends the same frames as the event stream, but is not cut by proxies that buffer responses. */
export const webSocket: Transport = (streamUrl, leaving) =>
  signals(leaving, (tell, end, hungUp) => {
    const socket = openSocket(socketUrlOf(streamUrl));
    if (!socket) return end();
    let heard = true;
    const heartbeat = setInterval(() => {
      if (!heard || socket.readyState !== WebSocket.OPEN) return end();
      heard = false;
      socket.send("ping");
    }, heartbeatMs);
    socket.addEventListener("open", () => tell({ type: "open" }));
    socket.addEventListener("message", ({ data }: MessageEvent<string>) => {
      heard = true;
      if (data !== "pong") tell({ type: "text", text: data });
    });
    socket.addEventListener("close", end);
    hungUp.addEventListener("abort", () => {
      clearInterval(heartbeat);
      socket.close();
    });
  });

/** Resumes by itself after the last frame it was given; a refusal ends it. */
export const eventSource: Transport = (streamUrl, leaving) =>
  signals(leaving, (tell, end, hungUp) => {
    const source = new EventSource(streamUrl);
    source.addEventListener("open", () => tell({ type: "open" }));
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) end();
      else tell({ type: "interrupted" });
    });
    for (const stage of stages) {
      source.addEventListener(stage, ({ data }: MessageEvent<string>) => {
        tell({ type: "text", text: data });
      });
    }
    hungUp.addEventListener("abort", () => source.close());
  });

/** Each is the name of an event in the stream. */
const stages = ["queued", "vision", "rule", "answer", "reward", "done"] satisfies Stage[];

/** Where the frames of an event stream come as WebSocket messages; the same key opens both. */
export function socketUrlOf(streamUrl: URL): URL {
  const url = new URL(streamUrl);
  url.protocol = url.protocol.replace("http", "ws");
  url.pathname = url.pathname.replace(/\/events$/, "/ws");
  return url;
}

function openSocket(url: URL): WebSocket | null {
  try {
    return new WebSocket(url);
  } catch {
    // A policy or an extension that forbids sockets throws: the same as one that never opens.
    return null;
  }
}

type Connect = (tell: (signal: Signal) => void, end: () => void, hungUp: AbortSignal) => void;

function signals(leaving: AbortSignal, connect: Connect): ReadableStream<Signal> {
  const hangUp = new AbortController();
  return new ReadableStream<Signal>({
    start(controller) {
      const tell = (signal: Signal) => {
        if (!hangUp.signal.aborted) controller.enqueue(signal);
      };
      const end = () => {
        if (hangUp.signal.aborted) return;
        hangUp.abort();
        controller.close();
      };
      leaving.addEventListener("abort", end, { signal: hangUp.signal });
      connect(tell, end, hangUp.signal);
    },
    cancel: () => hangUp.abort(),
  });
}
