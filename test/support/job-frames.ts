import { EventFrame } from "../../src/pipeline/frames.ts";
import type { Job } from "./job-builders.ts";

/** Everything a new subscriber is sent at once. */
export async function framesOf(job: Job, userId: string, after = -1): Promise<EventFrame[]> {
  const { webSocket } = await job.fetch(`https://job/?user=${userId}&after=${after}`, {
    headers: { upgrade: "websocket" },
  });
  if (!webSocket) return [];
  const frames: EventFrame[] = [];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  webSocket.addEventListener("message", ({ data }) => {
    if (data === "pong") resolve();
    else frames.push(EventFrame.parse(JSON.parse(String(data))));
  });
  webSocket.addEventListener("close", () => resolve());
  webSocket.accept();
  // Answers come in order: what was replayed is there when the echo is.
  webSocket.send("ping");
  await done;
  webSocket.close();
  return frames;
}

export const stepsOf = (frames: EventFrame[]) =>
  frames.map(({ stage, status }) => `${stage} ${status}`);
