import { z } from "zod";
import type { EventFrame, Frame } from "../pipeline/frames.ts";
import { statusMessages } from "../resident-messages.ts";

/** The reconnection time of a parked job's clients, ms. It waits for minutes. */
const parkedReconnectMs = 30_000;

/** Frames of one message: a long log stays well below a message's limit. */
const framesPerMessage = 64;

/** What the relay reads of a batch. */
const Head = z.object({
  /** The seq of its last event; null for a batch of partial text. */
  cursor: z.int().nullable(),
  /** Whether the stream ends here: the job has ended, or is parked. */
  isLast: z.boolean(),
});

/** Frames as the object sends them to the relay: the head in the first line, and behind it the text to pass on. */
export type SseBatch = z.infer<typeof Head> & {
  /** The frames as server-sent events. */
  text: string;
};

/**
 * The messages of frames that belong together: of one commit, or of a replay.
 *
 * @param options.endsPage Whether a parked job's stream ends with `done`, for a page that knows no other end.
 */
export function encodeSseBatches(
  frames: readonly Frame[],
  { endsPage = false }: { endsPage?: boolean } = {},
): string[] {
  const parts = Math.ceil(frames.length / framesPerMessage);
  return Array.from({ length: parts }, (_, part) => {
    const some = frames.slice(part * framesPerMessage, (part + 1) * framesPerMessage);
    const last = part + 1 === parts ? some.at(-1) : undefined;
    const parked = last?.status === "parked" ? last : null;
    const isEnd = last?.stage === "done" && last.status === "completed";
    const cursor = some.reduce<number | null>((seq, frame) => seqOf(frame) ?? seq, null);
    const head: z.infer<typeof Head> = { cursor, isLast: parked !== null || isEnd };
    return `${JSON.stringify(head)}\n${some.map((frame) => serverSentEvent(frame)).join("")}${parked ? parkedEnd(parked, endsPage) : ""}`;
  });
}

const parkedEnd = (parked: EventFrame, endsPage: boolean) =>
  `${endsPage ? serverSentEvent(parkedDoneOf(parked), null) : ""}retry: ${parkedReconnectMs}\n\n`;

/** @throws {z.ZodError} for a message of another form. */
export function decodeSseBatch(message: string): SseBatch {
  const end = message.indexOf("\n");
  return { ...Head.parse(JSON.parse(message.slice(0, end))), text: message.slice(end + 1) };
}

const seqOf = (frame: Frame) => (frame.status === "delta" ? null : frame.seq);

/**
 * `done` for a page that waits for nothing else. It repeats the parked frame's seq and has no id: a client that follows
 * by seq has seen it, and goes on where it was when the job is resumed.
 */
const parkedDoneOf = ({ error, ...parked }: EventFrame): EventFrame => ({
  ...parked,
  stage: "done",
  status: "completed",
  result: {
    task_id: parked.job_id,
    status: "parked",
    message: statusMessages.parked,
    pipeline_result: null,
    reward: null,
    error: error ?? null,
  },
});

function serverSentEvent(frame: Frame, seq = seqOf(frame)): string {
  const id = seq === null ? "" : `id: ${seq}\n`;
  return `event: ${frame.stage}\n${id}data: ${JSON.stringify(frame)}\n\n`;
}
