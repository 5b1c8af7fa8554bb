import { z } from "zod";
import {
  deltaOf,
  type EventFrame,
  type Frame,
  frameOf,
  withoutContent,
} from "../../src/pipeline/frames.ts";
import type { JobState } from "../../src/pipeline/job.ts";
import { encodeSseBatches } from "../../src/sse/sse-batch.ts";
import type { Happened } from "./event-log.ts";

/** The text that the running attempt of a job has generated so far. */
export interface PartialText {
  state: JobState;
  lease: string;
  text: string;
}

const json = (frames: readonly Frame[]) => frames.map((frame) => JSON.stringify(frame));

/**
 * How frames are encoded: for a client one JSON message a frame; for an operator the same without content, and without
 * partial text; for the relay, which pays for each message, the frames of a commit in one message, as server-sent
 * events; for the relay of a page that knows no end but `done`, with such a frame where the job is parked.
 */
const encodings = {
  client: json,
  operator: (frames, { request }) =>
    json(
      frames
        .filter((frame) => frame.status !== "delta")
        .map((frame) => withoutContent(frame, request.user_input)),
    ),
  relay: (frames) => encodeSseBatches(frames),
  page: (frames) => encodeSseBatches(frames, { endsPage: true }),
} satisfies Record<string, (frames: readonly Frame[], state: JobState) => string[]>;
export const encodingNames = [
  "client",
  "operator",
  "relay",
  "page",
] as const satisfies (keyof typeof encodings)[];
export type Encoding = (typeof encodingNames)[number];

/** How much of which attempt's text a socket was sent, UTF-16 code units. */
const SentText = z.object({ lease: z.string(), length: z.int() });

/** Answers a client's "ping" without waking the object; the relay sends none. */
const pong = new WebSocketRequestResponsePair("ping", "pong");

const isOpen = ({ readyState }: WebSocket) => readyState === WebSocket.OPEN;
const closeEnded = (socket: WebSocket) => socket.close(1000, "done");

function send(socket: WebSocket, encoding: Encoding, frames: readonly Frame[], state: JobState) {
  for (const message of encodings[encoding](frames, state)) socket.send(message);
}

/** The part of the text that a socket was not sent yet. Its attachment records what it has. */
function unsentText(socket: WebSocket, partial: PartialText | null): Frame[] {
  if (!partial || partial.lease !== partial.state.lease?.id) return [];
  const { state, lease, text } = partial;
  const sent = SentText.safeParse(socket.deserializeAttachment());
  const offset = sent.data?.lease === lease ? sent.data.length : 0;
  if (offset >= text.length) return [];
  socket.serializeAttachment({ lease, length: text.length } satisfies z.infer<typeof SentText>);
  return [deltaOf(state, text, offset, Date.now())];
}

/** The subscribers of a job, over WebSockets that outlive the object's hibernation. */
export function subscribers(ctx: DurableObjectState) {
  const open = () =>
    encodingNames.flatMap((encoding) =>
      ctx
        .getWebSockets(encoding)
        .filter(isOpen)
        .map((socket) => ({ socket, encoding })),
    );

  return {
    /** Accepts a socket, and replays the frames that it missed. */
    subscribe(
      socket: WebSocket,
      encoding: Encoding,
      missed: Iterable<EventFrame>,
      state: JobState,
      partial: PartialText | null,
    ) {
      ctx.acceptWebSocket(socket, [encoding]);
      if (encoding === "client" || encoding === "operator") ctx.setWebSocketAutoResponse(pong);
      send(socket, encoding, [...missed, ...unsentText(socket, partial)], state);
      if (state.endedAt !== null) closeEnded(socket);
    },

    /**
     * Sends the events of one commit, after the text that was generated before it, and closes the
     * sockets after the last event.
     */
    broadcast(happened: readonly Happened[], partialBefore: PartialText | null) {
      const sockets = open();
      const last = happened.at(-1)?.state;
      if (sockets.length === 0 || !last) return;
      const frames = happened.map(({ event, state }) => frameOf(event, state));
      for (const { socket, encoding } of sockets) {
        send(socket, encoding, [...unsentText(socket, partialBefore), ...frames], last);
        if (last.endedAt !== null) closeEnded(socket);
      }
    },

    publishText(partial: PartialText | null) {
      if (!partial) return;
      for (const { socket, encoding } of open()) {
        send(socket, encoding, unsentText(socket, partial), partial.state);
      }
    },

    /** Closes every socket of an erased job. */
    disconnect() {
      for (const { socket } of open()) socket.close(1000, "gone");
    },
  };
}
