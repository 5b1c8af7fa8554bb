import { type EventFrame, eventIn } from "./frame.ts";

export interface Following {
  /** Where the job's socket is now, which each time is noted; null when that was not learned. */
  address: () => Promise<string | null>;
  onEvent: (event: EventFrame) => void;
  onConnected: (connected: boolean) => void;
}

const heartbeatMs = 15_000;
const backoff = { baseMs: 1_000, capMs: 30_000 };

/**
 * Follows a job's events over WebSocket, each once and in order, until `done` or until the follower
 * leaves. A socket that is lost is opened again where it ended.
 */
export async function followJob(
  { address, onEvent, onConnected }: Following,
  leaving: AbortSignal,
): Promise<void> {
  let cursor = -1;
  let path: string | null = null;
  for (let failures = 0; !leaving.aborted; failures++) {
    path ??= await address();
    if (leaving.aborted) return;
    if (path !== null) {
      let opened = false;
      const url = new URL(path, location.href);
      url.protocol = url.protocol.replace("http", "ws");
      url.searchParams.set("after", String(cursor));
      const ended = await listen(url, leaving, {
        onOpen() {
          opened = true;
          failures = 0;
          onConnected(true);
        },
        onText(text) {
          const event = eventIn(text);
          if (!event || event.seq <= cursor) return false;
          cursor = event.seq;
          onEvent(event);
          return event.stage === "done";
        },
      });
      onConnected(false);
      if (ended) return;
      // A socket does not say why it did not open: the address may be too old.
      if (!opened) path = null;
    }
    await pause(Math.min(backoff.capMs, backoff.baseMs * 2 ** failures), leaving);
  }
}

interface Ears {
  onOpen: () => void;
  /** True when nothing follows. */
  onText: (text: string) => boolean;
}

/** Listens to one socket until it closes; true when everything was heard. */
function listen(url: URL, leaving: AbortSignal, { onOpen, onText }: Ears): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    let heard = true;
    const hangUp = (ended: boolean) => {
      clearInterval(heartbeat);
      leaving.removeEventListener("abort", leave);
      socket.close();
      resolve(ended);
    };
    const leave = () => hangUp(true);
    const heartbeat = setInterval(() => {
      if (!heard) return hangUp(false);
      heard = false;
      if (socket.readyState === WebSocket.OPEN) socket.send("ping");
    }, heartbeatMs);
    leaving.addEventListener("abort", leave);
    socket.addEventListener("open", onOpen);
    socket.addEventListener("close", () => hangUp(false));
    socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      heard = true;
      if (typeof data === "string" && onText(data)) hangUp(true);
    });
  });
}

function pause(ms: number, leaving: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms * (0.5 + Math.random() / 2));
    leaving.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
