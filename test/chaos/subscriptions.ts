import { type EventFrame, Frame } from "../../src/pipeline/frames.ts";
import { jobOf } from "../support/job-builders.ts";
import { type Owned, wholeText } from "./commands.ts";
import { brokenFrames } from "./invariants.ts";
import type { JobEvent } from "../../src/pipeline/job-events.ts";

interface Subscriber {
  jobId: string;
  generation: number;
  after: number;
  socket: WebSocket;
  frames: EventFrame[];
  /** The partial text as the client has it. */
  text: string;
  broken: string[];
  /** Why the server closed it; null while it is open. */
  closed: string | null;
}

/** How long a socket may take to close, ms. */
const patience = 5_000;

/** Clients that follow scans over WebSockets. */
export function subscriptions() {
  const all: Subscriber[] = [];

  function receive(it: Subscriber, data: string) {
    const frame = Frame.parse(JSON.parse(data));
    if (frame.status !== "delta") {
      if (frame.status === "started") it.text = "";
      it.frames.push(frame);
      return;
    }
    const { offset, text } = frame.result;
    if (offset > it.text.length) it.broken.push(`text from ${offset} follows ${it.text.length}`);
    it.text = it.text.slice(0, offset) + text;
    if (!wholeText.startsWith(it.text)) it.broken.push(`the text is ${it.text}`);
  }

  return {
    async connect({ jobId, userId, generation }: Owned & { generation: number }, after: number) {
      const { webSocket: socket } = await jobOf(jobId).fetch(
        `https://job/?user=${userId}&after=${after}`,
        { headers: { upgrade: "websocket" } },
      );
      if (!socket) return;
      const it: Subscriber = {
        jobId,
        generation,
        after,
        socket,
        frames: [],
        text: "",
        broken: [],
        closed: null,
      };
      socket.addEventListener("message", ({ data }) => receive(it, String(data)));
      socket.addEventListener("close", ({ reason }) => void (it.closed = reason));
      socket.accept();
      all.push(it);
    },

    /** What subscribers have seen that is not in the logs, and have not seen that is, when all scans have ended. */
    async broken(logOf: (jobId: string, generation: number) => readonly JobEvent[]) {
      for (
        let waited = 0;
        waited < patience && all.some(({ closed }) => closed === null);
        waited += 5
      )
        await scheduler.wait(5);
      return all.flatMap((it) => brokenFor(it, logOf(it.jobId, it.generation)));
    },
  };
}

function brokenFor({ frames, after, broken, closed }: Subscriber, log: readonly JobEvent[]) {
  const isCut = closed !== "done" || after >= log.length - 1;
  return [
    ...broken,
    ...brokenFrames(frames, after, log),
    ...(closed === null ? ["a socket is open after the end"] : []),
    ...(isCut || frames.at(-1)?.stage === "done" ? [] : ["a stream ended without done"]),
  ];
}
