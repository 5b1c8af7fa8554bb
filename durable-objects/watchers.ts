import { z } from "zod";
import type { JobEvent } from "../src/pipeline/events.ts";
import { deltaOf, type EventFrame, frameOf } from "../src/pipeline/frames.ts";
import type { JobState } from "../src/pipeline/job.ts";

/** What an attempt has generated so far. */
export interface TextSoFar {
  lease: string;
  soFar: string;
}

/**
 * How a watcher takes its frames: a client one a message, our own relay those of a turn together,
 * as an array, because each message costs it a turn of its own.
 */
export const wires = ["client", "relay"] as const;
export type Wire = (typeof wires)[number];

/** Frames of one relayed message: a long log stays well below a message's limit. */
const relayedAtOnce = 64;

/** How much of which attempt's text a watcher was sent, in UTF-16 code units. */
const TextSent = z.object({ lease: z.string(), length: z.int() });
type TextSent = z.infer<typeof TextSent>;

const isOpen = ({ readyState }: WebSocket) => readyState === WebSocket.OPEN;
const ended = (socket: WebSocket) => socket.close(1000, "done");

/** The messages that carry these frames, each given as JSON. */
function* messagesOf(frames: readonly string[], wire: Wire) {
  if (wire === "client") return yield* frames;
  for (let first = 0; first < frames.length; first += relayedAtOnce) {
    yield `[${frames.slice(first, first + relayedAtOnce).join()}]`;
  }
}

function send(socket: WebSocket, frames: readonly string[], wire: Wire) {
  for (const message of messagesOf(frames, wire)) socket.send(message);
}

/** Sends what a watcher lacks of the running attempt's text; its socket remembers how much it has. */
function write(socket: WebSocket, wire: Wire, state: JobState, { lease, soFar }: TextSoFar) {
  if (lease !== state.lease?.id) return;
  const had = TextSent.safeParse(socket.deserializeAttachment());
  const offset = had.data?.lease === lease ? had.data.length : 0;
  if (offset >= soFar.length) return;
  send(socket, [JSON.stringify(deltaOf(state, soFar, offset, Date.now()))], wire);
  socket.serializeAttachment({ lease, length: soFar.length } satisfies TextSent);
}

/** Those who watch a job, over WebSockets that outlive its object's sleep. */
export function watchers(ctx: DurableObjectState) {
  const open = () =>
    wires.flatMap((wire) =>
      ctx
        .getWebSockets(wire)
        .filter(isOpen)
        .map((socket) => ({ socket, wire })),
    );

  return {
    /** Lets one in, and tells it what it has missed. */
    welcome(
      socket: WebSocket,
      wire: Wire,
      missed: Iterable<EventFrame>,
      state: JobState,
      text: TextSoFar | null,
    ) {
      ctx.acceptWebSocket(socket, [wire]);
      ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
      send(socket, Array.from(missed, encode), wire);
      if (text) write(socket, wire, state, text);
      if (state.endedAt !== null) ended(socket);
    },

    /** Tells those who are here of what happened in one turn, and sees them off after the last event. */
    tell(happened: readonly { event: JobEvent; state: JobState }[]) {
      const present = open();
      if (present.length === 0) return;
      const frames = happened.map(({ event, state }) => encode(frameOf(event, state)));
      for (const { socket, wire } of present) {
        send(socket, frames, wire);
        if (happened.at(-1)?.state.endedAt !== null) ended(socket);
      }
    },

    /** Sends everybody away without a word. */
    dismiss() {
      for (const { socket } of open()) socket.close(1000, "gone");
    },

    /** Shows all what has been generated so far. */
    write(state: JobState, text: TextSoFar) {
      for (const { socket, wire } of open()) write(socket, wire, state, text);
    },
  };
}

const encode = (frame: EventFrame) => JSON.stringify(frame);
