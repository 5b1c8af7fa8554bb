import { z } from "zod";
import type { Frame } from "../pipeline/frames.ts";

/** The reconnection time of a parked job's clients, ms. It waits for minutes. */
const parkedReconnectMs = 30_000;

/** What the relay reads of a batch. */
const Head = z.object({
  /** The seq of its last event; null for a batch of partial text. */
  cursor: z.int().nullable(),
  /** Whether the stream ends here: the job has ended, or is parked. */
  isLast: z.boolean(),
});

/** The frames of one commit, as the object sends them to the relay. */
export type SseBatch = z.infer<typeof Head> & {
  /** The frames as server-sent events. */
  text: string;
};

/** One message: the head in the first line, and behind it the text that the relay passes on. */
export function encodeSseBatch(frames: readonly Frame[]): string {
  const last = frames.at(-1);
  const parked = last?.status === "parked";
  const isEnd = last?.stage === "done" && last.status === "completed";
  const cursor = frames.reduce<number | null>((seq, frame) => seqOf(frame) ?? seq, null);
  const head: z.infer<typeof Head> = { cursor, isLast: parked || isEnd };
  const text = frames.map(serverSentEvent).join("");
  return `${JSON.stringify(head)}\n${text}${parked ? `retry: ${parkedReconnectMs}\n\n` : ""}`;
}

/** @throws {z.ZodError} for a message of another form. */
export function decodeSseBatch(message: string): SseBatch {
  const end = message.indexOf("\n");
  return { ...Head.parse(JSON.parse(message.slice(0, end))), text: message.slice(end + 1) };
}

const seqOf = (frame: Frame) => (frame.status === "delta" ? null : frame.seq);

function serverSentEvent(frame: Frame): string {
  const seq = seqOf(frame);
  const id = seq === null ? "" : `id: ${seq}\n`;
  return `event: ${frame.stage}\n${id}data: ${JSON.stringify(frame)}\n\n`;
}
