import { z } from "zod";
import type { Frame } from "./frames.ts";

/** A parked job waits for minutes: its clients are asked to come back less often. */
const parkedReconnectMs = 30_000;

/** What a relay has to know of a turn. */
const Head = z.object({
  /** The seq of its last event; null for a turn of text that is being generated. */
  cursor: z.int().nullable(),
  /** Whether the stream ends here: the job has ended, or waits for a redrive. */
  over: z.boolean(),
});

/** The frames of one turn as a relay is sent them. */
export type RelayedTurn = z.infer<typeof Head> & {
  /** As they stand in an event stream. */
  text: string;
};

/** One message: what the relay reads in the first line, and behind it what it only passes on. */
export function encodeTurn(frames: readonly Frame[]): string {
  const last = frames.at(-1);
  const parked = last?.status === "parked";
  const cursor = frames.reduce<number | null>((seq, frame) => seqOf(frame) ?? seq, null);
  const head: z.infer<typeof Head> = { cursor, over: parked || last?.stage === "done" };
  const text = frames.map(eventOf).join("");
  return `${JSON.stringify(head)}\n${text}${parked ? `retry: ${parkedReconnectMs}\n\n` : ""}`;
}

export function decodeTurn(message: string): RelayedTurn {
  const end = message.indexOf("\n");
  return { ...Head.parse(JSON.parse(message.slice(0, end))), text: message.slice(end + 1) };
}

const seqOf = (frame: Frame) => (frame.status === "delta" ? null : frame.seq);

function eventOf(frame: Frame): string {
  const seq = seqOf(frame);
  const id = seq === null ? "" : `id: ${seq}\n`;
  return `event: ${frame.stage}\n${id}data: ${JSON.stringify(frame)}\n\n`;
}
