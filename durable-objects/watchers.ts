import { z } from "zod";
import type { JobEvent } from "../src/pipeline/events.ts";
import { deltaOf, type EventFrame, frameOf } from "../src/pipeline/frames.ts";
import type { JobState } from "../src/pipeline/job.ts";

/** What an attempt has generated so far. */
export interface TextSoFar {
  lease: string;
  soFar: string;
}

/** How much of which attempt's text a watcher was sent, in UTF-16 code units. */
const TextSent = z.object({ lease: z.string(), length: z.int() });
type TextSent = z.infer<typeof TextSent>;

const isOpen = ({ readyState }: WebSocket) => readyState === WebSocket.OPEN;
const ended = (socket: WebSocket) => socket.close(1000, "done");

/** Sends what a watcher lacks of the running attempt's text; its socket remembers how much it has. */
function write(socket: WebSocket, state: JobState, { lease, soFar }: TextSoFar) {
  if (lease !== state.lease?.id) return;
  const had = TextSent.safeParse(socket.deserializeAttachment());
  const offset = had.data?.lease === lease ? had.data.length : 0;
  if (offset >= soFar.length) return;
  socket.send(JSON.stringify(deltaOf(state, soFar, offset, Date.now())));
  socket.serializeAttachment({ lease, length: soFar.length } satisfies TextSent);
}

/** Those who watch a job, over WebSockets that outlive its object's sleep. */
export function watchers(ctx: DurableObjectState) {
  const open = () => ctx.getWebSockets().filter(isOpen);

  return {
    /** Lets one in, and tells it what it has missed. */
    welcome(
      socket: WebSocket,
      missed: Iterable<EventFrame>,
      state: JobState,
      text: TextSoFar | null,
    ) {
      ctx.acceptWebSocket(socket);
      ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
      for (const frame of missed) socket.send(JSON.stringify(frame));
      if (text) write(socket, state, text);
      if (state.endedAt !== null) ended(socket);
    },

    /** Tells those who are here now of events, and sees them off after the last one. */
    teller() {
      const sockets = open();
      return (event: JobEvent, state: JobState) => {
        if (sockets.length === 0) return;
        const frame = JSON.stringify(frameOf(event, state));
        for (const socket of sockets) {
          socket.send(frame);
          if (state.endedAt !== null) ended(socket);
        }
      };
    },

    /** Shows all what has been generated so far. */
    write(state: JobState, text: TextSoFar) {
      for (const socket of open()) write(socket, state, text);
    },
  };
}
