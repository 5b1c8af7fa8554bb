import { z } from "zod";
import type { JobEvent } from "../src/pipeline/events.ts";
import { deltaOf, type EventFrame, type Frame, frameOf } from "../src/pipeline/frames.ts";
import type { JobState } from "../src/pipeline/job.ts";
import { encodeTurn } from "../src/pipeline/relayed-turn.ts";

/** What an attempt has generated so far. */
export interface TextSoFar {
  lease: string;
  soFar: string;
}

/** Frames of one relayed message: a long log stays well below a message's limit. */
const relayedAtOnce = 64;

/**
 * How a watcher takes the frames of a turn: a client one a message, as JSON; our own relay all in one,
 * because each message costs it a turn of its own, and as it is to pass them on.
 */
const encodings = {
  client: (frames: readonly Frame[]) => frames.map((frame) => JSON.stringify(frame)),
  relay: (frames: readonly Frame[]) =>
    Array.from({ length: Math.ceil(frames.length / relayedAtOnce) }, (_, part) =>
      encodeTurn(frames.slice(part * relayedAtOnce, (part + 1) * relayedAtOnce)),
    ),
};
export const wires = ["client", "relay"] as const satisfies (keyof typeof encodings)[];
export type Wire = (typeof wires)[number];

/** How much of which attempt's text a watcher was sent, in UTF-16 code units. */
const TextSent = z.object({ lease: z.string(), length: z.int() });
type TextSent = z.infer<typeof TextSent>;

/** Answers a client's "ping" without waking the object; our relay sends none. */
const pong = new WebSocketRequestResponsePair("ping", "pong");

const isOpen = ({ readyState }: WebSocket) => readyState === WebSocket.OPEN;
const ended = (socket: WebSocket) => socket.close(1000, "done");

function send(socket: WebSocket, frames: readonly Frame[], wire: Wire) {
  for (const message of encodings[wire](frames)) socket.send(message);
}

/** The text that the running attempt of a job has generated so far; null when it has none. */
export type Writing = { state: JobState; text: TextSoFar } | null;

/** What a watcher lacks of the running attempt's text; its socket remembers how much it is given. */
function lacking(socket: WebSocket, writing: Writing): Frame[] {
  if (!writing) return [];
  const { state, text } = writing;
  const { lease, soFar } = text;
  if (lease !== state.lease?.id) return [];
  const had = TextSent.safeParse(socket.deserializeAttachment());
  const offset = had.data?.lease === lease ? had.data.length : 0;
  if (offset >= soFar.length) return [];
  socket.serializeAttachment({ lease, length: soFar.length } satisfies TextSent);
  return [deltaOf(state, soFar, offset, Date.now())];
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
      writing: Writing,
    ) {
      ctx.acceptWebSocket(socket, [wire]);
      if (wire === "client") ctx.setWebSocketAutoResponse(pong);
      send(socket, [...missed, ...lacking(socket, writing)], wire);
      if (state.endedAt !== null) ended(socket);
    },

    /**
     * Tells those who are here of what happened in one turn, after what they lack of the text that was
     * written before, and sees them off after the last event.
     */
    tell(happened: readonly { event: JobEvent; state: JobState }[], before: Writing) {
      const present = open();
      if (present.length === 0) return;
      const frames = happened.map(({ event, state }) => frameOf(event, state));
      for (const { socket, wire } of present) {
        send(socket, [...lacking(socket, before), ...frames], wire);
        if (happened.at(-1)?.state.endedAt !== null) ended(socket);
      }
    },

    /** Sends everybody away without a word. */
    dismiss() {
      for (const { socket } of open()) socket.close(1000, "gone");
    },

    /** Shows all what has been generated so far. */
    write(writing: Writing) {
      for (const { socket, wire } of open()) send(socket, lacking(socket, writing), wire);
    },
  };
}
