import type { Page, WebSocketRoute } from "playwright-core";
import { seqOf } from "../build-frames.ts";
import { socketPath } from "../play-frames.ts";

/** Holds the server's frames back until the returned function releases those up to a `seq`. */
export async function holdFrames(page: Page) {
  let limit = -1;
  let latest = -1;
  const held: { socket: WebSocketRoute; text: string; seq: number }[] = [];
  const release = () => {
    for (const it of held.splice(0)) {
      if (it.seq <= limit) it.socket.send(it.text);
      else held.push(it);
    }
  };
  await page.routeWebSocket(socketPath, (socket) => {
    const upstream = socket.connectToServer();
    upstream.onClose(() => {});
    upstream.onMessage((message) => {
      const text = message.toString();
      // Deltas are released with the event before them.
      latest = seqOf(text) ?? latest;
      held.push({ socket, text, seq: latest });
      release();
    });
  });
  return (seq: number) => {
    limit = seq;
    release();
  };
}
